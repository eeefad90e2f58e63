import type { FreshnessPolicy } from "../freshness/freshness-policy.ts";
import type { PartitionMapping } from "../partitions/mappings/mapping.ts";
import type { DynamicKeys, PartitionsDefinition } from "../partitions/definition.ts";
import type { PartitionsSubset } from "../partitions/subset.ts";
import type { AutomationCondition } from "./condition.ts";

/** What is evaluated: an asset, or with `check` one of its checks. */
export interface AutomationTarget {
  readonly asset: string;
  readonly check: string | null;
}

/** An asset as automation sees it: plain data from the definitions. `automation-job.ts` has jobs stand among them. */
export interface AutomationAsset {
  readonly key: string;
  /** The name of the job that this stands for; null for an asset. */
  readonly job: string | null;
  /** Null when not partitioned. */
  readonly partitions: PartitionsDefinition | null;
  readonly dependencies: readonly AutomationDependency[];
  readonly condition: AutomationCondition | null;
  readonly codeVersion: string | null;
  readonly checks: readonly AutomationCheck[];
  /** Not materialized by us. */
  readonly isExternal: boolean;
  readonly codeLocation: string;
  /** A name that assets share which a step makes only all together; null for one that can be made alone. */
  readonly executionSet: string | null;
  /** What selections of dependencies may ask for. */
  readonly group: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly kinds: readonly string[];
  readonly owners: readonly string[];
  /** Stands for nothing that is stored, such as a view: conditions may look through it at what it depends on. */
  readonly isVirtual: boolean;
  /** Null: nobody minds how old it is. */
  readonly freshnessPolicy: FreshnessPolicy | null;
}

export interface AutomationDependency {
  readonly key: string;
  /** Default: what `defaultMapping` says. */
  readonly mapping?: PartitionMapping;
}

export interface AutomationCheck {
  readonly name: string;
  readonly isBlocking: boolean;
  readonly condition: AutomationCondition | null;
}

/** One materialization (of an external asset: observation), or one evaluation of a check. */
export interface AutomationUpdate {
  /** Null when not partitioned. */
  readonly partition: string | null;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Null when reported without a run. */
  readonly run: AutomationRun | null;
}

/** A run; a view answers with one and the same object for it. */
export interface AutomationRun {
  readonly tags: Readonly<Record<string, string>>;
  /** Keys of the assets that the run was to produce. */
  readonly assets: ReadonlySet<string>;
  /** When it failed: the number of the event, and milliseconds since the epoch. Default: it has not. */
  readonly failure?: { readonly event: number; readonly time: number } | null;
}

/**
 * What is known about assets when an evaluation begins: it must not change while it runs. Subsets are of the asset's
 * current definition (`whole` for checks); they may hold partitions that no longer exist.
 */
export interface AssetStateView {
  /** The number of the newest event that the view knows; events of one deployment are numbered upwards. */
  readonly lastEvent: number;
  readonly dynamicKeys: DynamicKeys;
  /** What was materialized (external: observed) and not wiped since; a check that was run on the newest materialization. */
  readonly present: (target: AutomationTarget) => PartitionsSubset;
  /** What an unfinished run was started for. A partition leaves this when that run has materialized it. */
  readonly inProgress: (target: AutomationTarget) => PartitionsSubset;
  readonly inBackfill: (target: AutomationTarget) => PartitionsSubset;
  /** What the last run for it failed to produce. */
  readonly failed: (target: AutomationTarget) => PartitionsSubset;
  /** The updates with a number above `event`, oldest first. */
  readonly updatesSince: (target: AutomationTarget, event: number) => readonly AutomationUpdate[];
  /** What has another data version than it had when `event` was the newest one. */
  readonly dataVersionChangedSince: (asset: string, event: number) => PartitionsSubset;
  /** The run of the newest update of a partition; null when it was reported without one, or never. */
  readonly latestRun: (target: AutomationTarget, partition: string | null) => AutomationRun | null;
  /** When the newest materialization (external: observation) happened, milliseconds since the epoch; null: never. */
  readonly lastUpdatedAt: (asset: string) => number | null;
  /** Of the check's newest evaluation of the asset's newest materialization; null when there is none. */
  readonly checkPassed: (asset: string, check: string) => boolean | null;
}

/** A view that also knows what is new, so that only that has to be evaluated. */
export interface ChangingStateView extends AssetStateView {
  /**
   * Keys of the assets of which this view may answer anything else, about them or their checks, than it did when `event` was
   * the newest one; that includes the keys of dynamic partitions. May name too many.
   */
  readonly changedSince: (event: number) => Iterable<string>;
}

/** The assets by key. */
export type AutomationAssets = ReadonlyMap<string, AutomationAsset>;

/** How a target is named in records: `asset`, or `asset:check`. */
export function targetName({ asset, check }: AutomationTarget): string {
  return check === null ? asset : `${asset}:${check}`;
}
