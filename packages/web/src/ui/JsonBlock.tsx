import styles from "./ErrorDetails.module.css";

/** A value as indented JSON. */
export function JsonBlock({ value, label }: { readonly value: unknown; readonly label?: string }) {
  return (
    <div className={styles["error"]}>
      <pre tabIndex={0} aria-label={label}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </div>
  );
}
