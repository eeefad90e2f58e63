import { describe, expect, test } from "vitest";
import { subsetOfKeys, subsetKeys } from "../partitions/subset-keys.ts";
import { isEmptySubset } from "../partitions/subset.ts";
import type { PartitionsDefinition } from "../partitions/definition.ts";
import type { AssetStateView, AutomationAsset, AutomationUpdate } from "./asset-state-view.ts";
import { targetName } from "./asset-state-view.ts";
import { anyDepsUpdated, assetMatches, eager, operand } from "./build-condition.ts";
import type { AutomationCursor } from "./cursor.ts";
import { evaluateAutomation } from "./evaluate-automation.ts";
import type { TargetEvaluation } from "./evaluate-target.ts";
import { listBlockers } from "./explain-target.ts";

const start = Date.parse("2024-02-10T08:00:00Z");
const daily: PartitionsDefinition = { type: "daily", start: "2024-02-05" };

function asset(key: string, changes: Partial<AutomationAsset> = {}): AutomationAsset {
  return {
    key,
    partitions: null,
    dependencies: [],
    condition: null,
    codeVersion: null,
    checks: [],
    isExternal: false,
    codeLocation: "main",
    job: null,
    executionSet: null,
    group: "default",
    tags: {},
    kinds: [],
    owners: [],
    isVirtual: false,
    freshnessPolicy: null,
    ...changes,
  };
}

/** A view on assets that know nothing but their updates, each of them reported without a run. */
function viewOf(
  assets: readonly AutomationAsset[],
  updates: readonly (AutomationUpdate & { readonly asset: string; readonly event: number })[],
): AssetStateView {
  const definitionOf = (key: string) => assets.find((each) => each.key === key)?.partitions ?? null;
  const subset = (key: string, of: readonly AutomationUpdate[]) => {
    const definition = definitionOf(key);
    if (definition === null) return { type: "whole", included: of.length > 0 } as const;
    return subsetOfKeys(
      definition,
      of.map((update) => update.partition ?? ""),
    );
  };
  const ofAsset = (key: string) => updates.filter((update) => update.asset === key);
  return {
    lastEvent: updates.length,
    dynamicKeys: {},
    present: ({ asset }) => subset(asset, ofAsset(asset)),
    inProgress: ({ asset }) => subset(asset, []),
    inBackfill: ({ asset }) => subset(asset, []),
    failed: ({ asset }) => subset(asset, []),
    updatesSince: ({ asset }, event) => ofAsset(asset).filter((update) => update.event > event),
    dataVersionChangedSince: (asset) => subset(asset, []),
    latestRun: () => null,
    checkPassed: () => null,
    lastUpdatedAt: (asset) => ofAsset(asset).at(-1)?.time ?? null,
  };
}

function cursorsOf(evaluations: readonly TargetEvaluation[]): ReadonlyMap<string, AutomationCursor> {
  // Through JSON, as a store would hand them back.
  return new Map(
    evaluations.map((each) => [
      targetName(each.target),
      JSON.parse(JSON.stringify(each.cursor)) as AutomationCursor,
    ]),
  );
}

describe("eager, on daily partitions", () => {
  const source = asset("source", { partitions: daily });
  const report = asset("report", {
    partitions: daily,
    dependencies: [{ key: "source" }],
    condition: eager(),
  });
  const assets = new Map([report, source].map((each) => [each.key, each]));
  const first = [...evaluateAutomation(assets, viewOf([source, report], []), new Map(), start)];
  const update = { asset: "source", event: 1, partition: "2024-02-09", time: start + 1, run: null };
  const second = [
    ...evaluateAutomation(assets, viewOf([source, report], [update]), cursorsOf(first), start + 60_000),
  ];

  test("requests nothing in the first evaluation", () => {
    expect([...subsetKeys(daily, first[0]?.requested ?? { type: "whole", included: false })]).toEqual([]);
  });

  test("requests the partition whose dependency was updated", () => {
    expect(second.map((each) => [...subsetKeys(daily, each.requested)])).toEqual([["2024-02-09"]]);
  });

  test("explains itself as the tree of its condition", () => {
    const { explanation } = second[0] ?? {};

    expect(explanation?.label).toBe("eager");
    expect(explanation?.children.map(({ op }) => op)).toEqual([
      "in_latest_time_window",
      "or",
      "not",
      "not",
      "not",
    ]);
  });
});

test("of an asset that no code location knows nothing holds, and the explanation says what is amiss", () => {
  const assets = new Map(
    ["somebody", "nobody"].map((key) => [
      key,
      asset(key, { condition: assetMatches(key === "nobody" ? "unknown" : "nobody", operand("missing")) }),
    ]),
  );
  const evaluations = [...evaluateAutomation(assets, viewOf([...assets.values()], []), new Map(), start)];

  const requested = evaluations.map((each) => [each.target.asset, !isEmptySubset(each.requested)]);
  expect(Object.fromEntries(requested)).toEqual({ somebody: true, nobody: false });
  const [blocker] = evaluations.flatMap(({ explanation }) => listBlockers(assets, explanation, null));
  expect(blocker?.event).toBe("a code location defines the asset: asset_matches(unknown)");
});

test("a chain longer than the call stack is deep is requested in one evaluation", () => {
  const length = 20_000;
  const chain = Array.from({ length }, (_, i) =>
    asset(`a${i}`, {
      dependencies: i + 1 < length ? [{ key: `a${i + 1}` }] : [],
      condition: i + 1 < length ? anyDepsUpdated() : operand("missing"),
    }),
  );

  const evaluations = evaluateAutomation(
    new Map(chain.map((each) => [each.key, each])),
    { ...viewOf([], []), present: () => ({ type: "whole", included: false }) },
    new Map(),
    start,
  );

  expect(evaluations.filter((each) => !isEmptySubset(each.requested)).toArray()).toHaveLength(length);
});
