/** The data version of something whose code or inputs have no known version. */
export const UNKNOWN_DATA_VERSION = "UNKNOWN";

/** The version of what exists without anybody having given it a version: external assets, reports without one. */
export const INITIAL_DATA_VERSION = "INITIAL";

/** The version of an asset of our own that was never materialized. */
export const NULL_DATA_VERSION = "NULL";

/** What a materialization was computed from; absent for those that came from outside a run. */
export interface Provenance {
  /** The code version, or the run's id where the code has none. */
  readonly codeVersion: string;
  /**
   * Version of each input at that time, by asset key (see `listInputs`: what is behind a virtual asset stands in its place).
   * For an input with partitions: `combineDataVersions` of those used.
   */
  readonly inputDataVersions: Readonly<Record<string, string>>;
}

/** What is kept of the newest materialization (for external assets: observation) of an asset or of one partition of it. */
export interface DataVersionRecord {
  readonly dataVersion: string;
  /** Place in the order of all events; compared only with others of its kind. */
  readonly sequence: number;
  readonly provenance: Provenance | null;
}

/** The version that an input counts with when something is computed from it: nothing there yet counts as `INITIAL`. */
export function inputDataVersion(record: DataVersionRecord | null): string {
  return record?.dataVersion ?? INITIAL_DATA_VERSION;
}

/** What an event of a run says about how its data version came to be. */
export interface VersionProvenance extends Provenance {
  /** Whether the author's code gave the data version; false: it was computed from the code version and the inputs. */
  readonly isUserProvided: boolean;
}
