import type { StateLook } from "./tone.ts";
import styles from "./StateTag.module.css";

/** A state as a coloured dot and a word; the dot pulses while the state is on its way to another. */
export function StateTag({ look, label }: { readonly look: StateLook; readonly label?: string }) {
  return (
    <span className={styles["tag"]} data-tone={look.tone}>
      <StateDot look={look} />
      {label ?? look.label}
    </span>
  );
}

/** The dot alone, where the word stands elsewhere. */
export function StateDot({ look }: { readonly look: StateLook }) {
  return (
    <span
      aria-hidden
      className={styles["dot"]}
      data-tone={look.tone}
      data-active={look.active || undefined}
    />
  );
}
