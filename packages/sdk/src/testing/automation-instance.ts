import type { AutomationRun, AutomationTarget } from "@millrace/model/automation/asset-state-view";
import type { AutomationCursor } from "@millrace/model/automation/cursor";
import { targetName } from "@millrace/model/automation/asset-state-view";
import type { Asset, AssetRef } from "../assets/asset-definition.ts";
import { requireOptions } from "./require-options.ts";

/** One thing that happened to an asset or check of an instance. */
export interface RecordedUpdate {
  /** Counted from 1 in the order in which things happened. */
  readonly event: number;
  readonly target: string;
  readonly partition: string | null;
  readonly time: number;
  readonly run: AutomationRun;
  /** Null for checks. */
  readonly dataVersion: string | null;
  /** Null for assets. */
  readonly passed: boolean | null;
}

/** What may be said about something that a test lets happen. */
export interface RecordedDetails {
  readonly partitionKey?: string;
  /** Tags of the run that did it. */
  readonly runTags?: Readonly<Record<string, string>>;
  /** All assets that the run was to produce. Default: this one. */
  readonly runAssets?: readonly Asset[];
  /** Default: a new one each time. */
  readonly dataVersion?: string;
}

const DETAILS = [
  "partitionKey",
  "runTags",
  "runAssets",
  "dataVersion",
] as const satisfies (keyof RecordedDetails)[];

type Named = Pick<Asset | AssetRef, "key">;

/**
 * An instance in memory: a clock that only the test moves, what has happened to assets, and what earlier evaluations
 * remember. Nothing in it runs.
 */
export interface AutomationInstance {
  /** The time of the instance. */
  now(): Date;
  /** Moves the clock. @throws RangeError when that would turn it back. */
  moveTo(time: Date): void;
  /** Moves the clock on by that many seconds. */
  advance(seconds: number): void;
  /** An asset was materialized; of an external asset: observed. @throws TypeError for a detail that there is not. */
  materialize(asset: Named, details?: RecordedDetails): void;
  /** A check was evaluated. */
  evaluateCheck(asset: Named, checkName: string, passed: boolean): void;
  /** A run for an asset has begun; it is over when the asset is materialized or has failed. Of two, one is over then. */
  startRun(asset: Named, partitionKey?: string): void;
  /**
   * The run for an asset has failed. One that made an asset before that is `materialize(asset, { runAssets })` with all that it was to
   * make, then `fail` for each that it had not made.
   */
  fail(asset: Named, partitionKey?: string): void;
  /** Sets the keys of dynamic partitions. */
  setPartitions(name: string, keys: readonly string[]): void;
  /** What the evaluation reads and leaves; not for tests themselves. */
  readonly state: AutomationInstanceState;
}

/** Everything that an instance knows. */
export interface AutomationInstanceState {
  readonly updates: readonly RecordedUpdate[];
  /** Partitions by target, once for each run; the empty text stands for an asset without partitions. */
  readonly inProgress: ReadonlyMap<string, readonly string[]>;
  readonly failed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly dynamicKeys: Readonly<Record<string, readonly string[]>>;
  /** By target; the next evaluation starts from them. */
  readonly cursors: Map<string, AutomationCursor>;
}

/**
 * Makes an instance in which nothing has happened yet. What happens to partitions that the definitions do not have is refused by
 * the next evaluation.
 *
 * @throws RangeError when `now` is no date.
 */
export function automationInstance(options: { readonly now: Date }): AutomationInstance {
  let now = readTime("automationInstance({ now })", options.now);
  const updates: RecordedUpdate[] = [];
  const inProgress = new Map<string, readonly string[]>();
  const failed = new Map<string, Set<string>>();
  const dynamicKeys: Record<string, readonly string[]> = {};
  const endRun = (key: string, partition: string): void => {
    const partitions = inProgress.get(key) ?? [];
    const ended = partitions.indexOf(partition);
    inProgress.set(
      key,
      partitions.filter((_, index) => index !== ended),
    );
  };
  const record = (target: AutomationTarget, passed: boolean | null, details: RecordedDetails): void => {
    const event = updates.length + 1;
    const runAssets = details.runAssets?.map(({ key }) => key) ?? [target.asset];
    updates.push({
      event,
      target: targetName(target),
      partition: details.partitionKey ?? null,
      time: now,
      run: { tags: details.runTags ?? {}, assets: new Set<string>(runAssets) },
      dataVersion: target.check === null ? (details.dataVersion ?? `version ${event}`) : null,
      passed,
    });
  };
  const moveTo = (time: number): void => {
    if (time < now) throw new RangeError("The clock of an instance can not be turned back");
    now = time;
  };
  return {
    now: () => new Date(now),
    moveTo: (time) => moveTo(readTime("moveTo(time)", time)),
    advance: (seconds) => moveTo(readTime("advance(seconds)", new Date(now + seconds * 1000))),
    materialize: ({ key }, details = {}) => {
      requireOptions("materialize", details, DETAILS);
      record({ asset: key, check: null }, null, details);
      endRun(key, details.partitionKey ?? "");
      failed.get(key)?.delete(details.partitionKey ?? "");
    },
    evaluateCheck: ({ key }, check, passed) => record({ asset: key, check }, passed, {}),
    startRun: ({ key }, partitionKey = "") =>
      void inProgress.set(key, [...(inProgress.get(key) ?? []), partitionKey]),
    fail: ({ key }, partitionKey = "") => {
      endRun(key, partitionKey);
      failed.set(key, (failed.get(key) ?? new Set()).add(partitionKey));
    },
    setPartitions: (name, keys) => void (dynamicKeys[name] = keys),
    state: { updates, inProgress, failed, dynamicKeys, cursors: new Map() },
  };
}

/** @param what where it was given. */
function readTime(what: string, time: unknown): number {
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.getTime();
  throw new RangeError(`${what} is no date`);
}
