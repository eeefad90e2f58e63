import type { DataVersionRecord } from "../data-version.ts";

/** What the rules of versions need to know of an asset's definition. */
export interface VersionedAsset {
  readonly deps: readonly string[];
  /** Null: the code has no version, and a change of it can not be seen. */
  readonly codeVersion: string | null;
  readonly isExternal: boolean;
  readonly isPartitioned: boolean;
  /** Stands for nothing that is stored, such as a view: what it depends on counts in its place. */
  readonly isVirtual: boolean;
}

/** What is known about assets when versions are asked for. Everything is looked up, nothing is loaded. */
export interface VersionFacts {
  /** Null for an asset that is not defined. */
  readonly findAsset: (key: string) => VersionedAsset | null;
  /**
   * The newest materialization (external assets: observation) of an asset or of one partition; for an asset with
   * partitions and `partition` null the newest of any partition.
   */
  readonly findRecord: (key: string, partition: string | null) => DataVersionRecord | null;
  /** The partitions of a dependency that a partition is computed from, in order; `[null]`: the dependency as a whole. */
  readonly dependencyPartitions: (
    key: string,
    partition: string | null,
    dep: string,
  ) => readonly (string | null)[];
}

/** What is known of definitions alone. */
export type VersionGraph = Pick<VersionFacts, "findAsset" | "dependencyPartitions">;
