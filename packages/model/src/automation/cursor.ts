import type { SerializedSubset } from "../partitions/serialize-subset.ts";

/** What one asset or check remembers from one evaluation to the next: plain data, one record per target. */
export interface AutomationCursor {
  /** When it was last evaluated, milliseconds since the epoch. */
  readonly time: number;
  /** The newest event that the evaluation saw. */
  readonly lastEvent: number;
  /** What was requested then. */
  readonly requested: SerializedSubset;
  /** Memory of `newly_true` and `since`: what was true, by condition and target. */
  readonly memory: Readonly<Record<string, SerializedSubset>>;
  /** Code versions of the assets that a `code_version_changed` looked at. */
  readonly codeVersions: Readonly<Record<string, string | null>>;
}
