import { describe, expect, test } from "vitest";
import { computeDataVersion } from "./compute-data-version.ts";
import { INITIAL_DATA_VERSION, type DataVersionRecord } from "../data-version.ts";
import { describeStaleCause, rootCauses } from "./stale-cause.ts";
import { findStaleness } from "./staleness.ts";
import type { VersionedAsset, VersionFacts } from "./version-facts.ts";
import { currentInputVersion, listInputs } from "./versioned-inputs.ts";

interface World extends VersionFacts {
  readonly assets: Map<string, VersionedAsset>;
  /** Materializes with the versions that count now, as a run does. */
  readonly materialize: (key: string, partition?: string) => void;
  /** An event from outside: no provenance. */
  readonly report: (key: string, dataVersion?: string) => void;
}

function createWorld(assets: Record<string, Partial<VersionedAsset>>): World {
  const records = new Map<string, DataVersionRecord>();
  let sequence = 0;
  const world: World = {
    assets: new Map(
      Object.entries(assets).map(([key, asset]) => [
        key,
        { deps: [], codeVersion: "1", isExternal: false, isPartitioned: false, isVirtual: false, ...asset },
      ]),
    ),
    findAsset: (key) => world.assets.get(key) ?? null,
    findRecord: (key, partition) => records.get(`${key}|${partition}`) ?? null,
    dependencyPartitions: (_key, partition) => [partition],
    materialize: (key, partition) => {
      const codeVersion = world.assets.get(key)?.codeVersion ?? null;
      const inputs = listInputs(world, key, partition ?? null);
      const provenance = {
        codeVersion: codeVersion ?? `run ${sequence}`,
        inputDataVersions: Object.fromEntries(
          [...inputs].map(([dep, input]) => [dep, currentInputVersion(world, input)]),
        ),
      };
      const dataVersion = computeDataVersion(provenance.codeVersion, provenance.inputDataVersions);
      for (const place of [`${key}|null`, `${key}|${partition ?? null}`])
        records.set(place, { dataVersion, sequence, provenance });
      sequence++;
    },
    report: (key, dataVersion = INITIAL_DATA_VERSION) => {
      records.set(`${key}|null`, { dataVersion, sequence: sequence++, provenance: null });
    },
  };
  return world;
}
function change(world: World, key: string, more: Partial<VersionedAsset>): void {
  const asset = world.assets.get(key);
  if (asset) world.assets.set(key, { ...asset, ...more });
}
function statusOf(world: World, key: string, partition: string | null = null): string {
  const { status, causes } = findStaleness(world, key, partition);
  return [
    status,
    ...causes.map((cause) => [cause.category, cause.dependency, cause.change].filter(Boolean).join(" ")),
  ].join(", ");
}

describe("computed versions", () => {
  test("are a hash of code version and input versions, in the order of the keys", () => {
    expect(computeDataVersion("1", { b: "y", a: "x" })).toBe(computeDataVersion("1x", { z: "y" }));
    expect(computeDataVersion("1", { a: "x", b: "y" })).toBe(computeDataVersion("1", { b: "y", a: "x" }));
  });

  test("are unknown when the code or an input is", () => {
    expect(computeDataVersion(null, {})).toBe("UNKNOWN");
    expect(computeDataVersion("1", { a: "UNKNOWN" })).toBe("UNKNOWN");
  });
});

describe("staleness", () => {
  const chain = { a: {}, b: { deps: ["a"] }, c: { deps: ["b"] } };

  test("what was never materialized is missing, what is up to date is fresh", () => {
    const world = createWorld(chain);
    expect(statusOf(world, "a")).toBe("missing");
    for (const key of ["a", "b", "c"]) world.materialize(key);
    expect(["a", "b", "c"].map((key) => statusOf(world, key))).toEqual(["fresh", "fresh", "fresh"]);
  });

  test("new code makes an asset stale, and only when it ran its children", () => {
    const world = createWorld(chain);
    for (const key of ["a", "b", "c"]) world.materialize(key);
    change(world, "a", { codeVersion: "2" });
    expect([statusOf(world, "a"), statusOf(world, "b")]).toEqual(["stale, code", "fresh"]);

    world.materialize("a");

    expect([statusOf(world, "a"), statusOf(world, "b"), statusOf(world, "c")]).toEqual([
      "fresh",
      "stale, data a",
      "fresh",
    ]);
    expect(rootCauses(findStaleness(world, "b", null).causes)).toMatchObject([
      { category: "data", asset: "a", dependency: null },
    ]);
  });

  test("a new run of the same code on the same inputs changes nothing", () => {
    const world = createWorld(chain);
    for (const key of ["a", "b", "a"]) world.materialize(key);
    expect(statusOf(world, "b")).toBe("fresh");
  });

  test("without a code version every run is new data", () => {
    const world = createWorld({ a: { codeVersion: null }, b: { deps: ["a"] } });
    for (const key of ["a", "b", "a"]) world.materialize(key);
    expect([statusOf(world, "a"), statusOf(world, "b")]).toEqual(["fresh", "stale, data a"]);
  });

  test("dependencies that came or went make it stale", () => {
    const world = createWorld({ a: {}, b: {}, c: { deps: ["a"] } });
    for (const key of ["a", "b", "c"]) world.materialize(key);
    change(world, "c", { deps: ["b"] });
    expect(statusOf(world, "c")).toBe("stale, dependencies a removed, dependencies b added");
  });

  test("a dependency that came to a partition is told with its own partitions", () => {
    const world = createWorld({ a: { isPartitioned: true }, b: { isPartitioned: true } });
    world.materialize("a", "mon");
    world.materialize("b", "mon");
    change(world, "b", { deps: ["a"] });
    expect(findStaleness(world, "b", "mon").causes).toMatchObject([
      {
        category: "dependencies",
        partition: "mon",
        dependency: "a",
        dependencyPartition: "mon",
        change: "added",
      },
    ]);
  });

  test("an external asset is never stale, and a new observation of it makes its children stale", () => {
    const world = createWorld({ source: { isExternal: true }, b: { deps: ["source"] } });
    world.materialize("b");
    expect(findStaleness(world, "source", null)).toEqual({
      status: "fresh",
      dataVersion: "INITIAL",
      causes: [],
    });
    world.report("source", "v2");
    expect(statusOf(world, "b")).toBe("stale, data source");
    world.materialize("b");
    expect(statusOf(world, "b")).toBe("fresh");
  });

  test("without provenance the order of events decides", () => {
    const world = createWorld(chain);
    world.materialize("a");
    world.report("b");
    expect(statusOf(world, "b")).toBe("fresh");
    world.materialize("a");
    expect(statusOf(world, "b")).toBe("stale, data a");
  });

  test("partitions are compared with the partitions they are made from", () => {
    const world = createWorld({
      a: { isPartitioned: true, codeVersion: null },
      b: { deps: ["a"], isPartitioned: true },
    });
    for (const partition of ["p", "q"]) for (const key of ["a", "b"]) world.materialize(key, partition);
    world.materialize("a", "q");
    expect([statusOf(world, "b", "p"), statusOf(world, "b", "q"), statusOf(world, "b")]).toEqual([
      "fresh",
      "stale, data a",
      "fresh",
    ]);
  });
});

describe("virtual assets", () => {
  const view = { deps: ["a"], isVirtual: true, isExternal: true, codeVersion: null };

  test("are looked through, several of them too, and causes say what is behind and how it is seen", () => {
    const world = createWorld({
      a: {},
      view,
      wide: { ...view, deps: ["view"] },
      report: { deps: ["wide"] },
    });
    for (const key of ["a", "report"]) world.materialize(key);
    expect(world.findRecord("report", null)?.provenance?.inputDataVersions).toEqual({
      a: world.findRecord("a", null)?.dataVersion,
    });
    expect(statusOf(world, "report")).toBe("fresh");

    change(world, "a", { codeVersion: "2" });
    world.materialize("a");

    const { status, causes } = findStaleness(world, "report", null);
    expect(status).toBe("stale");
    expect(causes).toMatchObject([
      { category: "data", dependency: "a", through: ["wide", "view"], causes: [{ asset: "a", through: [] }] },
    ]);
    expect(causes.map(describeStaleCause)).toEqual([
      'The upstream asset "a" has new data, seen through "wide" and "view"',
    ]);
    world.materialize("report");
    expect(statusOf(world, "report")).toBe("fresh");
  });

  test("are missing when nothing is behind them, and never stale as nobody of ours makes them", () => {
    const world = createWorld({
      a: {},
      view,
      source: { isExternal: true },
      feed: { ...view, deps: ["source"] },
    });
    expect([statusOf(world, "view"), statusOf(world, "feed")]).toEqual(["missing", "fresh"]);
    world.materialize("a");
    expect(statusOf(world, "view")).toBe("fresh");
    change(world, "a", { codeVersion: "2" });
    world.materialize("a");
    expect(statusOf(world, "view")).toBe("fresh");
  });

  test("that code of ours makes count by its version, and are stale when that is new", () => {
    const made = { deps: ["a"], isVirtual: true };
    const world = createWorld({ a: { codeVersion: null }, view: made, report: { deps: ["view"] } });
    for (const key of ["a", "view", "report"]) world.materialize(key);
    world.materialize("a");
    expect([statusOf(world, "view"), statusOf(world, "report")]).toEqual(["fresh", "stale, data a"]);

    world.materialize("report");
    world.materialize("view");
    expect([statusOf(world, "view"), statusOf(world, "report")]).toEqual(["fresh", "fresh"]);

    change(world, "view", { codeVersion: "2" });
    expect([statusOf(world, "view"), statusOf(world, "report")]).toEqual(["stale, code", "fresh"]);
    world.materialize("view");
    expect([statusOf(world, "view"), statusOf(world, "report")]).toEqual(["fresh", "stale, data view"]);
  });

  test("that who made something did not know to be virtual are looked through by time", () => {
    const world = createWorld({
      a: {},
      view: { isExternal: true, codeVersion: null },
      report: { deps: ["view"] },
    });
    for (const key of ["a", "report"]) world.materialize(key);
    change(world, "view", view);
    expect(statusOf(world, "report")).toBe("fresh");
    world.materialize("a");
    expect(statusOf(world, "report")).toBe("stale, data a");
  });

  test("with other assets behind them than before make stale what depends on them", () => {
    const world = createWorld({ a: {}, b: {}, view, report: { deps: ["view"] } });
    for (const key of ["a", "b", "report"]) world.materialize(key);
    change(world, "view", { deps: ["b"] });
    expect(statusOf(world, "report")).toBe("stale, dependencies a removed, dependencies b added");
    expect(findStaleness(world, "report", null).causes.map(describeStaleCause)).toEqual([
      'It does not depend on "a" any more',
      'It depends on "b" now, seen through "view"',
    ]);
  });

  test("without provenance the order of events decides, also behind them", () => {
    const world = createWorld({ a: {}, view, report: { deps: ["view"] } });
    world.report("report");
    expect(statusOf(world, "report")).toBe("fresh");
    world.materialize("a");
    expect(statusOf(world, "report")).toBe("stale, data a");
  });
});
