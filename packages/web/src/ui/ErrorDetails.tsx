import type { ErrorInfo } from "@millrace/model/run-event";
import { stackFrames } from "./error-info.ts";
import styles from "./ErrorDetails.module.css";

/** An error: name and message at once, its stack and causes on demand. */
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
      {error.stack ? (
        <details open={open}>
          <summary>Stack</summary>
          <pre tabIndex={0}>{stackFrames(error.stack)}</pre>
        </details>
      ) : null}
      {error.cause ? (
        <div className={styles["cause"]}>
          <div className="quiet">caused by</div>
          <ErrorDetails error={error.cause} open={open} />
        </div>
      ) : null}
    </div>
  );
}
