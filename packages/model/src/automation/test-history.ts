import type { DynamicKeys } from "../partitions/definition.ts";
import { subsetOfKeys } from "../partitions/subset-keys.ts";
import type { PartitionsSubset } from "../partitions/subset.ts";
import {
  targetName,
  type AutomationAssets,
  type AutomationRun,
  type AutomationTarget,
  type AutomationUpdate,
  type ChangingStateView,
} from "./asset-state-view.ts";

/** For tests: what happened to assets and checks, kept in memory; every change has a number. */
export interface TestHistory {
  readonly lastEvent: () => number;
  update(target: AutomationTarget, update: AutomationUpdate, passed?: boolean): void;
  /** Partitions that a run works on, or has failed to make; the empty text stands for an asset without partitions. */
  mark(as: "inProgress" | "inBackfill" | "failed", asset: string, partition: string, is: boolean): void;
  wipe(asset: string): void;
  setDynamicKeys(name: string, keys: readonly string[], assets: Iterable<string>): void;
  /** Shows the history of assets that are defined like this. */
  view(assets: AutomationAssets): ChangingStateView;
}

interface StoredUpdate extends AutomationUpdate {
  readonly event: number;
  readonly passed: boolean | null;
}

export function testHistory(): TestHistory {
  const updates = new Map<string, StoredUpdate[]>();
  const marks = { inProgress: new Set<string>(), inBackfill: new Set<string>(), failed: new Set<string>() };
  const changes: string[] = [];
  let dynamicKeys: DynamicKeys = {};
  const updatesOf = (target: AutomationTarget): readonly StoredUpdate[] =>
    updates.get(targetName(target)) ?? [];
  return {
    lastEvent: () => changes.length,
    update: (target, update, passed) => {
      const event = changes.push(target.asset);
      updates.set(targetName(target), [...updatesOf(target), { ...update, event, passed: passed ?? null }]);
    },
    mark: (as, asset, partition, is) => {
      changes.push(asset);
      if (is) marks[as].add(`${asset}|${partition}`);
      else marks[as].delete(`${asset}|${partition}`);
    },
    wipe: (asset) => {
      changes.push(asset);
      updates.delete(asset);
    },
    setDynamicKeys: (name, keys, assets) => {
      dynamicKeys = { ...dynamicKeys, [name]: keys };
      changes.push(...assets);
    },
    view: (assets) => {
      const lastEvent = changes.length;
      const subset = (
        { asset, check }: AutomationTarget,
        keys: readonly (string | null)[],
      ): PartitionsSubset => {
        const partitions = check === null ? (assets.get(asset)?.partitions ?? null) : null;
        if (partitions === null) return { type: "whole", included: keys.length > 0 };
        // Keys from when the asset was partitioned in another way are none any more.
        const known = keys.filter((key) => key !== null && isKeyLike(partitions.type, key)).map(String);
        return subsetOfKeys(partitions, known);
      };
      const marked = (as: keyof typeof marks) => (target: AutomationTarget) =>
        subset(
          target,
          target.check === null
            ? [...marks[as]]
                .filter((each) => each.startsWith(`${target.asset}|`))
                .map((each) => each.split("|")[1] ?? "")
            : [],
        );
      const currentCheck = (asset: string, check: string): StoredUpdate | undefined => {
        const materialized = updatesOf({ asset, check: null }).at(-1)?.event ?? 0;
        return updatesOf({ asset, check }).findLast(({ event }) => event > materialized);
      };
      return {
        lastEvent,
        dynamicKeys,
        present: (target) =>
          target.check === null
            ? subset(
                target,
                updatesOf(target).map(({ partition }) => partition),
              )
            : subset(target, currentCheck(target.asset, target.check) ? [null] : []),
        inProgress: marked("inProgress"),
        inBackfill: marked("inBackfill"),
        failed: marked("failed"),
        updatesSince: (target, event) => {
          const type = target.check === null ? assets.get(target.asset)?.partitions?.type : undefined;
          return updatesOf(target).filter(
            (each) => each.event > event && (type === undefined || isKeyLike(type, each.partition ?? "")),
          );
        },
        dataVersionChangedSince: (asset, event) => {
          const target = { asset, check: null };
          return subset(
            target,
            updatesOf(target)
              .filter((each) => each.event > event)
              .map(({ partition }) => partition),
          );
        },
        latestRun: (target, partition): AutomationRun | null =>
          updatesOf(target).findLast((each) => each.partition === partition)?.run ?? null,
        checkPassed: (asset, check) => currentCheck(asset, check)?.passed ?? null,
        lastUpdatedAt: (asset) => updatesOf({ asset, check: null }).at(-1)?.time ?? null,
        changedSince: (event) => changes.slice(event),
      };
    },
  };
}

function isKeyLike(type: string, key: string): boolean {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(key);
  return type === "daily" ? isDate : !isDate && key !== "";
}
