import { formatCount } from "../ui/number-format.ts";
import styles from "./Partitions.module.css";

/** How many partitions are materialized, failed and missing, as one bar and in words, and how many are stale. */
export function PartitionBar(props: {
  readonly summary: {
    readonly count: number;
    readonly materialized: number;
    readonly failed: number;
    /** Null: it is being found out. */
    readonly stale: number | null;
  };
}) {
  const { count, materialized, failed, stale } = props.summary;
  const missing = Math.max(0, count - materialized - failed);
  const text = [
    `${formatCount(materialized)} of ${formatCount(count)} materialized`,
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(stale === null ? ["looking for stale ones"] : stale > 0 ? [`${formatCount(stale)} stale`] : []),
  ].join(", ");
  return (
    <div>
      <div className={styles["bar"]} role="img" aria-label={text}>
        <span data-state="materialized" style={{ flexGrow: materialized }} />
        <span data-state="failed" style={{ flexGrow: failed }} />
        <span data-state="missing" style={{ flexGrow: count === 0 ? 1 : missing }} />
      </div>
      <div className={styles["words"]}>{text}</div>
    </div>
  );
}
