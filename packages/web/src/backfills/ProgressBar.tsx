import { formatCount } from "../ui/number-format.ts";
import type { BackfillCounts } from "./backfill-words.ts";
import styles from "./Backfills.module.css";

const PARTS = ["materialized", "running", "failed", "skipped", "waiting"] as const;

/** How far something is, as one bar; in words for who does not see it. */
export function ProgressBar({ counts }: { readonly counts: BackfillCounts }) {
  const text = PARTS.flatMap((part) =>
    counts[part] > 0 ? [`${formatCount(counts[part])} ${part}`] : [],
  ).join(", ");
  return (
    <div className={styles["bar"]} role="img" aria-label={text}>
      {PARTS.map((part) => (
        <span key={part} data-part={part} style={{ flexGrow: counts[part] }} />
      ))}
    </div>
  );
}
