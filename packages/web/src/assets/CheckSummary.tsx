import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import type { AssetNode } from "./filter-assets.ts";
import styles from "./CheckSummary.module.css";

/** How an asset's checks stand, in icons and numbers; nothing when it has none. */
export function CheckSummary({ checks }: { readonly checks: AssetNode["checks"] }) {
  const kinds = [
    { count: checks.failed, tone: "bad", word: "failed", Icon: IconCircleX },
    { count: checks.warned, tone: "warn", word: "warned", Icon: IconAlertTriangle },
    { count: checks.passed, tone: "good", word: "passed", Icon: IconCircleCheck },
    { count: checks.unknown, tone: "idle", word: "not evaluated", Icon: IconCircleDashed },
  ].filter((kind) => kind.count > 0);
  if (kinds.length === 0) return null;
  const text = `Checks: ${kinds.map((kind) => `${kind.count} ${kind.word}`).join(", ")}`;
  return (
    <span className={styles["summary"]} title={text} aria-label={text} role="img">
      {kinds.map(({ count, tone, word, Icon }) => (
        <span key={word} style={{ color: `var(--tone-${tone})` }}>
          <Icon size={14} aria-hidden />
          {count}
        </span>
      ))}
    </span>
  );
}
