import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { readErrorInfo } from "../ui/error-info.ts";
import styles from "./Locations.module.css";

/** Why the newest code did not load, with its stack. */
export function LocationFailure({ error, open }: { readonly error: unknown; readonly open: boolean }) {
  const info = readErrorInfo(error);
  if (!info) return null;
  return (
    <div role="alert" aria-label="Load error" className={styles["failure"]}>
      <ErrorDetails error={info} open={open} />
    </div>
  );
}
