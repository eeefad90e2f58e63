import type { ErrorInfo } from "@millrace/model/run-event";
import { stackFrames } from "./error-info.ts";
import styles from "./ErrorDetails.module.css";

/** An error: name and message at once, what it says beside, its stack, inner errors and causes. */
export function ErrorDetails({
  error,
  open = false,
}: {
  readonly error: ErrorInfo;
  readonly open?: boolean;
}) {
  return (
    <div className={styles["error"]}>
      <div className={styles["message"]}>
        <strong>{error.name}</strong>: {error.message}
      </div>
      {error.fields ? (
        <ul className={styles["fields"]}>
          {Object.entries(error.fields).map(([name, text]) => (
            <li key={name}>
              {name}: {text}
            </li>
          ))}
        </ul>
      ) : null}
      {error.stack ? (
        <details open={open}>
          <summary>Stack</summary>
          <pre tabIndex={0}>{stackFrames(error.stack)}</pre>
        </details>
      ) : null}
      {error.errors?.map((inner, index) => (
        <div key={index} className={styles["cause"]}>
          <div className="quiet">one of {error.errors?.length}</div>
          <ErrorDetails error={inner} open={open} />
        </div>
      ))}
      {error.cause ? (
        <div className={styles["cause"]}>
          <div className="quiet">caused by</div>
          <ErrorDetails error={error.cause} open={open} />
        </div>
      ) : null}
    </div>
  );
}
