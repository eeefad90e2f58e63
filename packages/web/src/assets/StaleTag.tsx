import { IconRefreshAlert } from "@tabler/icons-react";
import { describeStaleness, type StaleReason } from "./describe-staleness.ts";
import styles from "./StaleTag.module.css";

/** Why an asset is not up to date, in a few words; nothing when it is. `brief`: the sign alone. */
export function StaleTag({
  causes,
  partitions = null,
  brief = false,
}: {
  readonly causes: readonly StaleReason[];
  /** How many partitions of an asset are stale; null: unknown, or it has none. */
  readonly partitions?: number | null;
  readonly brief?: boolean;
}) {
  const found = describeStaleness(causes, partitions ?? 0);
  if (!found) return null;
  const text = `Stale: ${found.sentences.join("; ")}`;
  return (
    <span className={styles["tag"]} title={text} aria-label={text} role="img">
      <IconRefreshAlert size={14} aria-hidden />
      {brief ? null : <span className={styles["words"]}>{found.label}</span>}
    </span>
  );
}

/** Why an asset is not up to date, a sentence for each cause; nothing when it is. */
export function StaleCauses({ causes }: { readonly causes: readonly StaleReason[] }) {
  const found = describeStaleness(causes);
  if (!found) return null;
  return (
    <div className={styles["causes"]}>
      Not up to date any more:
      <ul>
        {found.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}
