import type {
  ChangingStateView,
  AutomationAssets,
  AutomationRun,
  AutomationTarget,
  AutomationUpdate,
} from "@millrace/model/automation/asset-state-view";
import type { DynamicKeys } from "@millrace/model/partitions/definition";
import { emptySubset, subsetOfKeys } from "@millrace/model/partitions/subset-keys";
import type { PartitionsSubset } from "@millrace/model/partitions/subset";

interface Run extends AutomationRun {
  failure: { readonly event: number; readonly time: number } | null;
  status: "started" | "success" | "failure" | "canceled";
}

interface Materialization extends AutomationUpdate {
  readonly event: number;
  readonly dataVersion: string;
}

interface Attempt {
  readonly event: number;
  readonly run: Run;
}

/** The newest record of a check: its result, or only that a run was to produce one. */
interface CheckRecord {
  readonly event: number;
  readonly time: number;
  readonly run: Run | null;
  readonly passed: boolean | null;
  /** The asset's newest materialization at that time. */
  readonly materialization: Materialization | null;
}

/** What happened to the assets of a case: a store of events in memory that answers as a deployment's store would. */
export class AssetHistory {
  readonly #assets: AutomationAssets;
  readonly #runs = new Map<string, Run>();
  readonly #materializations = new Map<string, Materialization[]>();
  readonly #attempts = new Map<string, Map<string | null, Attempt>>();
  readonly #checks = new Map<string, CheckRecord>();
  readonly #wipedAt = new Map<string, number>();
  readonly #changes: { readonly event: number; readonly asset: string }[] = [];
  #dynamicKeys: DynamicKeys;
  #lastEvent = 0;

  constructor(assets: AutomationAssets, dynamicKeys: DynamicKeys) {
    this.#assets = assets;
    this.#dynamicKeys = dynamicKeys;
  }

  startRun(
    name: string,
    assets: readonly string[],
    partition: string | null,
    tags: Readonly<Record<string, string>>,
  ): void {
    const run: Run = { tags, assets: new Set(assets), status: "started", failure: null };
    this.#runs.set(name, run);
    for (const asset of assets) {
      for (const check of this.#assets.get(asset)?.checks ?? [])
        this.#recordCheck(asset, check.name, 0, run, null);
      const attempts = this.#attempts.get(asset) ?? new Map<string | null, Attempt>();
      attempts.set(this.#partitionOf(asset, partition), { event: this.#nextEvent(asset), run });
      this.#attempts.set(asset, attempts);
    }
  }

  finishRun(name: string, status: "success" | "failure" | "canceled", time: number): void {
    const run = this.#runs.get(name);
    if (!run) return;
    run.status = status;
    for (const asset of run.assets) {
      const event = this.#nextEvent(asset);
      if (status === "failure") run.failure = { event, time };
    }
  }

  materialize(
    asset: string,
    partition: string | null,
    time: number,
    { run, dataVersion }: { readonly run?: string; readonly dataVersion?: string | undefined },
  ): void {
    const event = this.#nextEvent(asset);
    const known = this.#materializations.get(asset) ?? [];
    known.push({
      event,
      partition: this.#partitionOf(asset, partition),
      time,
      run: run === undefined ? null : (this.#runs.get(run) ?? null),
      dataVersion: dataVersion ?? `event ${event}`,
    });
    this.#materializations.set(asset, known);
  }

  /**
   * Hides what happened until then, also what happens later at the very same time: the reference compares times. An asset
   * of which nothing is known yet has no record to wipe.
   */
  wipe(asset: string, time: number): void {
    if (!this.#materializations.has(asset) && !this.#attempts.has(asset)) return;
    this.#wipedAt.set(asset, time);
    this.#attempts.delete(asset);
    this.#nextEvent(asset);
  }

  reportCheck(asset: string, check: string, passed: boolean, time: number): void {
    this.#recordCheck(asset, check, time, null, passed);
  }

  addDynamicKeys(name: string, keys: readonly string[]): void {
    const known = this.#dynamicKeys[name] ?? [];
    this.#dynamicKeys = { ...this.#dynamicKeys, [name]: [...new Set([...known, ...keys])] };
    for (const { key, partitions } of this.#assets.values())
      if (JSON.stringify(partitions)?.includes(name)) this.#nextEvent(key);
  }

  view(): ChangingStateView {
    return {
      lastEvent: this.#lastEvent,
      dynamicKeys: this.#dynamicKeys,
      present: (target) => {
        if (target.check !== null) {
          return { type: "whole", included: this.#currentCheck(target.asset, target.check) !== null };
        }
        return this.#subset(target.asset, this.#materializationsOf(target.asset));
      },
      inProgress: (target) => this.#attempted(target, "started"),
      inBackfill: (target) => emptySubset(this.#partitions(target)),
      failed: (target) => this.#attempted(target, "failure"),
      updatesSince: (target, event) => {
        if (target.check === null) {
          return this.#materializationsOf(target.asset).filter((each) => each.event > event);
        }
        const check = this.#checks.get(`${target.asset}:${target.check}`);
        const isNew = check && check.passed !== null && check.event > event;
        return isNew ? [{ partition: null, time: check.time, run: check.run }] : [];
      },
      dataVersionChangedSince: (asset, event) => this.#dataVersionChanged(asset, event),
      latestRun: (target, partition) =>
        this.#materializationsOf(target.asset).findLast((each) => each.partition === partition)?.run ?? null,
      lastUpdatedAt: (asset) => this.#materializationsOf(asset).at(-1)?.time ?? null,
      changedSince: (event) =>
        this.#changes.filter((change) => change.event > event).map((change) => change.asset),
      checkPassed: (asset, name) => this.#currentCheck(asset, name)?.passed ?? null,
    };
  }

  /** The number of whatever happens to an asset next. */
  #nextEvent(asset: string): number {
    this.#changes.push({ event: ++this.#lastEvent, asset });
    return this.#lastEvent;
  }

  #recordCheck(asset: string, check: string, time: number, run: Run | null, passed: boolean | null): void {
    const materialization = this.#materializationsOf(asset).at(-1) ?? null;
    const event = this.#nextEvent(asset);
    this.#checks.set(`${asset}:${check}`, { event, time, run, passed, materialization });
  }

  /** The record of a check if it is about the newest materialization; without runs the reference takes it to be. */
  #currentCheck(asset: string, name: string): CheckRecord | null {
    const check = this.#checks.get(`${asset}:${name}`);
    if (!check) return null;
    const newest = this.#materializationsOf(asset).at(-1);
    const isPlanned = check.passed === null && check.run?.status === "started";
    const isCurrent =
      isPlanned ||
      !newest ||
      newest.run === check.run ||
      (check.passed !== null && check.materialization?.event === newest.event);
    return isCurrent ? check : null;
  }

  #materializationsOf(asset: string): readonly Materialization[] {
    const wipedAt = this.#wipedAt.get(asset) ?? -Infinity;
    return (this.#materializations.get(asset) ?? []).filter(({ time }) => time > wipedAt);
  }

  #attempted(target: AutomationTarget, status: Run["status"]): PartitionsSubset {
    if (target.check !== null) {
      const check = this.#currentCheck(target.asset, target.check);
      return { type: "whole", included: check?.passed === null && check.run?.status === status };
    }
    const attempts = [...(this.#attempts.get(target.asset) ?? [])];
    const matching = attempts.filter(([partition, { event, run }]) => {
      const newest = this.#materializationsOf(target.asset).findLast((each) => each.partition === partition);
      return run.status === status && (partition === null || !newest || newest.event < event);
    });
    return this.#subset(
      target.asset,
      matching.map(([partition]) => ({ partition })),
    );
  }

  #dataVersionChanged(asset: string, event: number): PartitionsSubset {
    const all = this.#materializationsOf(asset);
    const partitions = new Set(all.filter((each) => each.event > event).map((each) => each.partition));
    const changed = [...partitions].filter((partition) => {
      const versions = all.filter((each) => each.partition === partition);
      const before = versions.findLast((each) => each.event <= event)?.dataVersion;
      return versions.at(-1)?.dataVersion !== before;
    });
    return this.#subset(
      asset,
      changed.map((partition) => ({ partition })),
    );
  }

  #subset(asset: string, parts: readonly { readonly partition: string | null }[]): PartitionsSubset {
    const definition = this.#partitions({ asset, check: null });
    if (definition === null)
      return { type: "whole", included: parts.some(({ partition }) => partition === null) };
    return subsetOfKeys(
      definition,
      parts.flatMap(({ partition }) => (partition === null ? [] : [partition])),
    );
  }

  #partitions(target: AutomationTarget) {
    return target.check === null ? (this.#assets.get(target.asset)?.partitions ?? null) : null;
  }

  #partitionOf(asset: string, partition: string | null): string | null {
    return this.#partitions({ asset, check: null }) === null ? null : partition;
  }
}
