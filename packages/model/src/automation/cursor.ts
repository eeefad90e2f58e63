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
  /** What was granted last, as long as nothing is new since; missing: nothing. See `REPEAT_MS`. */
  readonly asked?: { readonly requested: SerializedSubset; readonly time: number };
  /** Until when it need not be evaluated; null: the next evaluation may come to something else although nothing happens. */
  readonly rest: Rest | null;
}

/** As long as this holds, evaluating again requests nothing and remembers the same. */
export interface Rest {
  /** The first instant at which time alone may change that, milliseconds since the epoch; null: it never does. */
  readonly until: number | null;
  /** Keys of the assets of which something new may change that. */
  readonly looksAt: readonly string[];
}

/** What a deployment remembers from one round of evaluations to the next. */
export interface AutomationState {
  /** When the last round was, milliseconds since the epoch. */
  readonly time: number;
  /** The newest event that the last round saw. */
  readonly lastEvent: number;
  /** The definitions that it was about, see `AutomationPlan`. */
  readonly definitions: string;
  /** Of every target with a condition, by its name; those that did not have to be evaluated are of earlier rounds. */
  readonly cursors: ReadonlyMap<string, AutomationCursor>;
}
