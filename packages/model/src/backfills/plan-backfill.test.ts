import { describe, expect, test } from "vitest";
import { createRandom } from "../steps/random-case.ts";
import { mapToUpstream } from "../partitions/mappings/map-partitions.ts";
import { defaultMapping } from "../partitions/mappings/default-mapping.ts";
import type { PartitionMapping } from "../partitions/mappings/mapping.ts";
import type { BackfillPolicy } from "../partitions/backfill-policy.ts";
import type { PartitionsDefinition } from "../partitions/definition.ts";
import { countSubset, existingSubset, subsetKeys, subsetOfKeys } from "../partitions/subset-keys.ts";
import {
  isSameSubset,
  intersectSubsets,
  subtractSubset,
  unionSubsets,
  type PartitionsSubset,
} from "../partitions/subset.ts";
import { startProgress, type BackfillProgress, type BackfillTarget } from "./backfill-target.ts";
import { listGone, planBackfill, type BackfillRun } from "./plan-backfill.ts";

const view = { now: Date.parse("2024-01-11T00:00:00Z"), dynamicKeys: { shops: ["a", "b"] } };
const daily: PartitionsDefinition = { type: "daily", start: "2024-01-01" };
const hourly: PartitionsDefinition = { type: "hourly", start: "2024-01-01" };
const yesterday: PartitionMapping = { type: "time_window", startOffset: -1, endOffset: -1 };
const limits = { maxRuns: 1_000, maxPartitionsPerRun: 10_000 };

interface AssetOptions {
  readonly partitions?: PartitionsDefinition | null;
  readonly policy?: BackfillPolicy | null;
  readonly locationName?: string;
  readonly mappings?: Readonly<Record<string, PartitionMapping>>;
}

/** Assets in upstream order, with the keys of their dependencies; dependencies have their default mapping. */
function assets(
  ...given: readonly (readonly [key: string, deps: readonly string[], options?: AssetOptions])[]
): BackfillTarget[] {
  const partitionsOf = (key: string): PartitionsDefinition | null => {
    const options = given.find(([candidate]) => candidate === key)?.[2];
    return options?.partitions === undefined ? daily : options.partitions;
  };
  return given.map(([key, deps, { policy = null, locationName = "shop", mappings = {} } = {}]) => ({
    key,
    locationName,
    policy,
    partitions: partitionsOf(key),
    deps: deps.map((dep) => ({
      key: dep,
      mapping:
        mappings[dep] ?? defaultMapping({ upstream: partitionsOf(dep), downstream: partitionsOf(key) }),
    })),
  }));
}

/** All partitions of all targets, and nothing made yet. */
function startOf(targets: readonly BackfillTarget[]): Map<string, BackfillProgress> {
  return new Map(
    targets.map(({ key, partitions }) => [key, startProgress(partitions, existingSubset(partitions, view))]),
  );
}

function launch(progresses: Map<string, BackfillProgress>, run: BackfillRun): void {
  for (const { key } of run.unit.targets) {
    const progress = get(progresses, key);
    progresses.set(key, { ...progress, requested: unionSubsets(progress.requested, run.partitions) });
  }
}

function end(progresses: Map<string, BackfillProgress>, run: BackfillRun, succeeds: boolean): void {
  for (const { key } of run.unit.targets) {
    const progress = get(progresses, key);
    const name = succeeds ? "materialized" : "failed";
    progresses.set(key, { ...progress, [name]: unionSubsets(progress[name], run.partitions) });
  }
}

function get<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`There is no ${key}`);
  return value;
}

function describeRuns(runs: readonly BackfillRun[]): string[] {
  return runs.map(({ unit, range }) => {
    const keys = unit.targets.map(({ key }) => key).join("+");
    if (range === null) return keys;
    return `${keys} ${range.start === range.end ? range.start : `${range.start}...${range.end}`}`;
  });
}

/** The runs of each round when every run succeeds. */
function play(targets: readonly BackfillTarget[], progresses = startOf(targets)): string[][] {
  const rounds: string[][] = [];
  for (;;) {
    const { runs, state } = planBackfill(targets, progresses, view, limits);
    if (state !== "going") return [...rounds, [state]];
    rounds.push(describeRuns(runs));
    for (const run of runs) {
      launch(progresses, run);
      end(progresses, run, true);
    }
  }
}

const single = { type: "single_run" } as const;
const few = { type: "static", keys: ["a", "b", "c"] } as const;

describe("what shares runs", () => {
  test.each<[string, BackfillTarget[], string[][]]>([
    [
      "assets that need each other partition by partition",
      assets(["raw", [], { partitions: few }], ["clean", ["raw"], { partitions: few }]),
      [["raw+clean a", "raw+clean b", "raw+clean c"], ["done"]],
    ],
    [
      "one run for all that a policy allows",
      assets(
        ["raw", [], { partitions: few, policy: single }],
        ["clean", ["raw"], { partitions: few, policy: single }],
      ),
      [["raw+clean a...c"], ["done"]],
    ],
    [
      "not those of different policies: the first comes first",
      assets(["raw", [], { partitions: few }], ["clean", ["raw"], { partitions: few, policy: single }]),
      [["raw a", "raw b", "raw c"], ["clean a...c"], ["done"]],
    ],
    [
      "not those of two code locations",
      assets(
        ["raw", [], { partitions: null }],
        ["clean", ["raw"], { partitions: null, locationName: "other" }],
      ),
      [["raw"], ["clean"], ["done"]],
    ],
    [
      "not what has something else between",
      assets(
        ["raw", [], { partitions: null }],
        ["model", ["raw"], { partitions: null, locationName: "other" }],
        ["mart", ["raw", "model"], { partitions: null }],
      ),
      [["raw"], ["model"], ["mart"], ["done"]],
    ],
    [
      "not what would wait for each other across two locations",
      assets(
        ["a1", [], { partitions: null }],
        ["b1", ["a1"], { partitions: null, locationName: "other" }],
        ["b2", [], { partitions: null, locationName: "other" }],
        ["a2", ["b2"], { partitions: null }],
      ),
      [["a1"], ["b2+b1"], ["a2"], ["done"]],
    ],
  ])("%s", (_what, targets, rounds) => {
    const played = play(targets).map((round) => [...round].sort());
    expect(played).toEqual(rounds.map((round) => [...round].sort()));
  });
});

test("an asset that reads its own day before is made day by day, or several days a run", () => {
  const days = {
    partitions: { ...daily, end: "2024-01-05" } as PartitionsDefinition,
    mappings: { sum: yesterday },
  };
  const oneByOne = play(assets(["sum", ["sum"], days]));
  const inTwos = play(
    assets(["sum", ["sum"], { ...days, policy: { type: "multi_run", maxPartitionsPerRun: 2 } }]),
  );

  expect(oneByOne).toEqual([
    ["sum 2024-01-01"],
    ["sum 2024-01-02"],
    ["sum 2024-01-03"],
    ["sum 2024-01-04"],
    ["done"],
  ]);
  expect(inTwos).toEqual([["sum 2024-01-01...2024-01-02"], ["sum 2024-01-03...2024-01-04"], ["done"]]);
});

test("one run makes all in a row that a backfill asks for, when what it needs comes partition by partition", () => {
  const days = { partitions: { ...daily, end: "2024-01-07" } as PartitionsDefinition };
  const targets = assets(["raw", [], days], ["total", ["raw"], { ...days, policy: single }]);
  const progresses = startOf(targets);
  const plan = () => planBackfill(targets, progresses, view, limits);
  const runs = plan().runs;
  expect(runs).toHaveLength(6);
  for (const run of runs) launch(progresses, run);

  const [first, second, third, ...others] = runs;
  if (!first || !second || !third) throw new Error("Runs are missing");
  end(progresses, second, true);
  expect(plan()).toMatchObject({ runs: [], state: "going" });
  // What is in a row ends where something failed.
  end(progresses, third, false);
  end(progresses, first, true);
  expect(describeRuns(plan().runs)).toEqual(["total 2024-01-01...2024-01-02"]);
  for (const run of plan().runs) launch(progresses, run);
  for (const run of others) end(progresses, run, true);
  expect(describeRuns(plan().runs)).toEqual(["total 2024-01-04...2024-01-06"]);
});

test("what needs something that failed is skipped, and nothing else", () => {
  const targets = assets(["hours", [], { partitions: hourly, policy: single }], ["days", ["hours"]]);
  const progresses = startOf(targets);
  const [run] = planBackfill(targets, progresses, view, limits).runs;
  if (!run) throw new Error("No run was planned");
  launch(progresses, run);
  const hours = get(progresses, "hours");
  const failed = subsetOfKeys(hourly, ["2024-01-03-05:00"]);
  progresses.set("hours", { ...hours, failed, materialized: subtractSubset(hours.targeted, failed) });

  const plan = planBackfill(targets, progresses, view, limits);

  expect([...subsetKeys(daily, get(plan.skipped, "days"))]).toEqual(["2024-01-03"]);
  expect(plan.runs).toHaveLength(9);
});

test("what failed at first and was made after all lets its dependents go on", () => {
  const targets = assets(
    ["raw", [], { partitions: null }],
    ["clean", ["raw"], { partitions: null, policy: single }],
  );
  const whole = { type: "whole", included: true } as const;
  const none = { type: "whole", included: false } as const;
  const progresses = new Map<string, BackfillProgress>([
    ["raw", { targeted: whole, requested: whole, materialized: none, failed: whole }],
    ["clean", { targeted: whole, requested: none, materialized: none, failed: none }],
  ]);

  expect(planBackfill(targets, progresses, view, limits)).toMatchObject({ runs: [], state: "done" });
  progresses.set("raw", { targeted: whole, requested: whole, materialized: whole, failed: none });
  expect(describeRuns(planBackfill(targets, progresses, view, limits).runs)).toEqual(["clean"]);
});

test("partitions that are not there any more are told", () => {
  const shops: PartitionsDefinition = { type: "dynamic", name: "shops" };
  const targets = assets(["sales", [], { partitions: shops }]);
  const progresses = new Map([["sales", startProgress(shops, subsetOfKeys(shops, ["a", "closed"]))]]);

  const gone = listGone(targets, progresses, view);

  expect([...subsetKeys(shops, get(gone, "sales"))]).toEqual(["closed"]);
});

test("a hundred thousand partitions cost no more than the runs that are asked for", () => {
  const minutes: PartitionsDefinition = {
    type: "cron",
    cron: "* * * * *",
    start: "2023-09-01",
  };
  const targets = assets(["ticks", [], { partitions: minutes }]);

  const { runs } = planBackfill(targets, startOf(targets), view, { ...limits, maxRuns: 3 });

  expect(describeRuns(runs)).toEqual([
    "ticks 2023-09-01-00:00",
    "ticks 2023-09-01-00:01",
    "ticks 2023-09-01-00:02",
  ]);
});

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

test.each(seeds)("random assets, runs that end in any order and some that fail: seed %i", (seed) => {
  const random = createRandom(seed + 1);
  const targets = randomAssets(random);
  const progresses = startOf(targets);
  const byKey = new Map(targets.map((target) => [target.key, target]));
  const running: BackfillRun[] = [];
  for (let round = 0; ; round++) {
    const plan = planBackfill(targets, progresses, view, {
      ...limits,
      maxRuns: 1 + Math.floor(random() * 5),
    });
    if (plan.state === "done") {
      expectAllAccountedFor(targets, progresses, plan.skipped);
      return;
    }
    expect(plan.state).toBe("going");
    expect(round).toBeLessThan(2_000);
    for (const run of plan.runs) {
      expectAllowed(run, byKey, progresses);
      launch(progresses, run);
      running.push(run);
    }
    const [ended] = running.splice(Math.floor(random() * running.length), 1);
    if (ended) end(progresses, ended, random() > 0.1);
  }
});

/** A run makes nothing twice, and everything that the backfill makes for it is there or made along. */
function expectAllowed(
  { unit, partitions }: BackfillRun,
  byKey: ReadonlyMap<string, BackfillTarget>,
  progresses: ReadonlyMap<string, BackfillProgress>,
): void {
  const members = new Set(unit.targets.map(({ key }) => key));
  for (const target of unit.targets) {
    const own = get(progresses, target.key);
    expect(countSubset(target.partitions, intersectSubsets(own.requested, partitions))).toBe(0);
    expect(countSubset(target.partitions, partitions)).toBeLessThanOrEqual(unit.maxPartitions);
    for (const { key, mapping } of target.deps) {
      const upstream = get(byKey, key);
      const ends = { upstream: upstream.partitions, downstream: target.partitions };
      const needed = mapToUpstream(mapping, ends, partitions, view).subset;
      const progress = get(progresses, key);
      const made = members.has(key) ? unionSubsets(progress.materialized, partitions) : progress.materialized;
      const lacking = subtractSubset(intersectSubsets(needed, progress.targeted), made);
      expect([...subsetKeys(upstream.partitions, lacking)]).toEqual([]);
    }
  }
}

function expectAllAccountedFor(
  targets: readonly BackfillTarget[],
  progresses: ReadonlyMap<string, BackfillProgress>,
  skipped: ReadonlyMap<string, PartitionsSubset>,
): void {
  for (const { key } of targets) {
    const { targeted, materialized, failed } = get(progresses, key);
    const all = [materialized, failed, get(skipped, key)];
    expect(isSameSubset(all.reduce(unionSubsets), targeted)).toBe(true);
    expect(intersectSubsets(materialized, failed)).not.toMatchObject({ included: true });
  }
}

function randomAssets(random: () => number): BackfillTarget[] {
  const pick = <T>(values: readonly [T, ...T[]]): T =>
    values[Math.floor(random() * values.length)] ?? values[0];
  const weekly: PartitionsDefinition = { type: "weekly", start: "2024-01-01" };
  const multi: PartitionsDefinition = {
    type: "multi",
    dimensions: { day: { type: "daily", start: "2024-01-07" }, part: few },
  };
  const given: [string, string[], AssetOptions][] = [];
  const count = 2 + Math.floor(random() * 8);
  for (let i = 0; i < count; i++) {
    const partitions = pick<PartitionsDefinition | null>([daily, daily, daily, few, null, weekly, multi]);
    const deps = given.map(([key]) => key).filter(() => random() < 0.4);
    const isChain = partitions === daily && random() < 0.2;
    given.push([
      `asset${i}`,
      isChain ? [...deps, `asset${i}`] : deps,
      {
        partitions,
        policy: pick<BackfillPolicy | null>([
          null,
          null,
          single,
          { type: "multi_run", maxPartitionsPerRun: 3 },
        ]),
        locationName: pick(["shop", "shop", "other"]),
        mappings: {
          ...(isChain ? { [`asset${i}`]: yesterday } : {}),
          ...Object.fromEntries(
            given.flatMap(([key, , options]) =>
              partitions === daily && options.partitions === daily && random() < 0.3
                ? [[key, yesterday]]
                : [],
            ),
          ),
        },
      },
    ]);
  }
  return assets(...given);
}
