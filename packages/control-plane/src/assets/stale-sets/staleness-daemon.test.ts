import { sql } from "kysely";
import { expect, test } from "vitest";
import { currentInputVersion, listInputs } from "@millrace/model/data-versions/versioned-inputs";
import { placeName } from "@millrace/model/data-versions/asset-state";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";
import { findPartitionPlace, partitionsBackFrom } from "@millrace/model/partitions/partition-places";
import { HOUR } from "@millrace/model/time/civil";
import { systemClock } from "@millrace/model/time/clock";
import { tickOnce } from "../../daemons/tick-once.ts";
import { findDynamicNumbers } from "../../partitions/dynamic-number-store.ts";
import { addDynamicPartitions, deleteDynamicPartitions } from "../../partitions/dynamic-partition-store.ts";
import { createRandom } from "../../simulation/random.ts";
import { createTestContext } from "../../testing/test-context.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import { serveLocation, TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { tickStaleness } from "../../testing/tick-staleness.ts";
import { watchQueries } from "../../testing/watch-queries.ts";
import { listStaleness } from "../staleness/asset-staleness.ts";
import { findAssetVersions } from "../staleness/asset-version-store.ts";
import { getAssetCatalog, type AssetCatalog } from "../catalog/asset-catalog.ts";
import { CHUNK_SIZE, chunkOf } from "../partition-sets/partition-chunk.ts";
import { wipeAsset } from "../removal/wipe-asset.ts";
import { storeAssetChanges } from "../state/asset-state-store.ts";
import { reduceAssetEvents } from "../state/collect-asset-changes.ts";
import { createFacts, createVersionGraph, listNeeded } from "../staleness/version-graph.ts";
import { countStalePartitions } from "./count-stale-partitions.ts";
import { listTrackedAssets } from "./stale-plan.ts";
import { stalenessDaemon } from "./staleness-daemon.ts";

const { db } = await createTestDatabase();
let now = Date.parse("2025-06-15T12:00:00Z");

interface AssetInit {
  readonly partitions?: PartitionsDefinition;
  readonly deps?: Readonly<Record<string, PartitionMapping | null>>;
  readonly kind?: "external" | "virtual";
}

const DAYS = { type: "daily", start: "2025-06-08" } as const;
const FILES = { type: "dynamic", name: "files" } as const;
const REGIONS = { type: "static", keys: ["x", "y", "z"] } as const;

const GRAPH: Readonly<Record<string, AssetInit>> = {
  hours: { partitions: { type: "hourly", start: "2025-06-13" } },
  days: { partitions: DAYS, deps: { hours: null } },
  same: { partitions: DAYS, deps: { days: null } },
  shifted: { partitions: DAYS, deps: { days: { type: "time_window", startOffset: -1, endOffset: -1 } } },
  weeks: { partitions: { type: "weekly", start: "2025-06-01" }, deps: { days: null } },
  plain: {},
  mixed: { partitions: DAYS, deps: { plain: null, days: { type: "identity" } } },
  of_last: { partitions: REGIONS, deps: { days: { type: "last" } } },
  of_all: { partitions: REGIONS, deps: { hours: { type: "all" } } },
  of_some: { partitions: REGIONS, deps: { days: { type: "specific", keys: ["2025-06-09"] } } },
  regions: { partitions: REGIONS },
  named: {
    partitions: { type: "static", keys: ["n", "s"] },
    deps: { regions: { type: "static", downstreamKeysByUpstreamKey: { x: "n", y: ["n", "s"], z: "s" } } },
  },
  grid: {
    partitions: { type: "multi", dimensions: { day: DAYS, region: REGIONS } },
    deps: { days: null, regions: null },
  },
  of_grid: { partitions: DAYS, deps: { grid: null } },
  files: { partitions: FILES },
  lines: { partitions: FILES, deps: { files: null } },
  of_files: { partitions: DAYS, deps: { files: null } },
  file_days: {
    partitions: { type: "multi", dimensions: { day: DAYS, file: FILES } },
    deps: { files: null, days: null },
  },
  view: { partitions: DAYS, deps: { hours: null }, kind: "virtual" },
  behind: { partitions: DAYS, deps: { view: null } },
  flat_view: { deps: { regions: null }, kind: "virtual" },
  behind_flat: { partitions: DAYS, deps: { flat_view: null, view: null } },
  outside: { partitions: DAYS, kind: "external" },
  of_outside: { partitions: DAYS, deps: { outside: null } },
};

async function serve(graph: Readonly<Record<string, AssetInit>>, codeVersion: string | null): Promise<void> {
  await serveLocation(db, "graph", {
    assets: Object.entries(graph).map(([key, { partitions, deps = {}, kind }]) => ({
      key,
      executable: kind !== "external",
      virtual: kind === "virtual",
      stepKey: key,
      ...(codeVersion === null ? {} : { codeVersion }),
      ...(partitions ? { partitions: { json: JSON.stringify(partitions) } } : {}),
      dependencies: Object.entries(deps).map(([dep, mapping]) => ({
        key: dep,
        ...(mapping ? { partitionMapping: JSON.stringify(mapping) } : {}),
      })),
    })),
  });
}

async function listKeys(definition: PartitionsDefinition): Promise<string[]> {
  const numbers = await findDynamicNumbers(db, TEST_DEPLOYMENT, ["files"]);
  return [...partitionsBackFrom(definition, null, now, numbers)].map(({ key }) => key);
}

/** A materialization, made from what its inputs are now but for what `spoil` changes. */
async function make(
  assetKey: string,
  partition: string | null,
  dataVersion: string,
  spoil: "nothing" | "an input" | "provenance" = "nothing",
): Promise<void> {
  const catalog = await getAssetCatalog(db, TEST_DEPLOYMENT);
  const graph = createVersionGraph(catalog, now);
  const place = { assetKey, partition };
  const versions = await findAssetVersions(db, TEST_DEPLOYMENT, listNeeded(graph, place));
  const facts = createFacts(graph, versions, catalog.renamed);
  const inputs = [...listInputs(graph, assetKey, partition)].map(([key, input]) => [
    key,
    currentInputVersion(facts, input),
  ]);
  if (spoil === "an input") inputs.pop();
  const inputDataVersions = Object.fromEntries(inputs) as Record<string, string>;
  const codeVersion = graph.findAsset(assetKey)?.codeVersion ?? "none";
  const details = { stepKey: null, metadata: {}, tags: {}, message: "", description: null };
  const event = {
    ...details,
    type: "ASSET_MATERIALIZATION" as const,
    assetKey,
    partition,
    dataVersion,
    timestamp: Date.now(),
    provenance: spoil === "provenance" ? null : { codeVersion, inputDataVersions, isUserProvided: false },
  };
  await db
    .transaction()
    .execute((trx) =>
      storeAssetChanges(
        trx,
        { deploymentId: TEST_DEPLOYMENT, runId: null, reportedBy: "tester" },
        reduceAssetEvents([event]),
      ),
    );
}

const clock = { ...systemClock, now: () => now };

/** All partitions that exist of the assets that are tracked. */
async function listPlaces(catalog: AssetCatalog): Promise<{ assetKey: string; partition: string }[]> {
  const numbers = await findDynamicNumbers(db, TEST_DEPLOYMENT, ["files"]);
  return [...listTrackedAssets(catalog).values()].flatMap(({ key, partitions }) =>
    [...partitionsBackFrom(partitions.definition, null, now, numbers)].map((each) => ({
      assetKey: key,
      partition: each.key,
    })),
  );
}

/** Which existing partitions of each asset are stale by the bitmaps, and by the rule. */
async function compare(): Promise<{ readonly kept: string[]; readonly ruled: string[] }> {
  const catalog = await getAssetCatalog(db, TEST_DEPLOYMENT);
  const numbers = await findDynamicNumbers(db, TEST_DEPLOYMENT, ["files"]);
  const counts = await countStalePartitions(db, TEST_DEPLOYMENT, catalog, null, now);
  const { rows } = await sql<{ key: string; row: string; chunk: number; stale: Buffer }>`
    select a.key, c.place_row as row, c.chunk, c.stale from asset_stale_chunk c join asset a on a.id = c.asset_id`.execute(
    db,
  );
  const chunks = new Map(rows.map((row) => [JSON.stringify([row.key, row.row, row.chunk]), row.stale]));
  const places = await listPlaces(catalog);
  const staleness = await listStaleness(db, TEST_DEPLOYMENT, places, now);
  const ruled = places.filter((_, i) => staleness[i]?.status === "stale").map(placeName);
  const kept = places.flatMap((each) => {
    const { assetKey, partition } = each;
    const definition = listTrackedAssets(catalog).get(assetKey)?.partitions.definition;
    const place = definition ? findPartitionPlace(definition, partition, numbers) : null;
    if (place === null) return [];
    const bits = chunks.get(JSON.stringify([assetKey, place.row, chunkOf(place.number)]));
    const bit = place.number % CHUNK_SIZE;
    return (((bits?.[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1 ? placeName(each) : [];
  });
  const counted = Map.groupBy(kept, (name) => name.slice(0, name.indexOf("\n")));
  for (const [key, count] of counts) expect([key, count]).toEqual([key, counted.get(key)?.length ?? 0]);
  return { kept, ruled };
}

test("what is kept says the same as the rule, whatever happens", async () => {
  const random = createRandom(1, "stale partitions");
  const graph: Record<string, AssetInit> = { ...GRAPH };
  await addDynamicPartitions(db, TEST_DEPLOYMENT, "files", ["a", "b", "c"]);
  await serve(graph, "1");
  let found = 0;
  for (let step = 1; step <= 30; step++) {
    for (let i = random.integer(1, 6); i > 0; i--) {
      const key = random.pick(Object.keys(graph));
      const { partitions } = graph[key] ?? {};
      const keys = partitions ? await listKeys(partitions) : [];
      if (partitions && keys.length === 0) continue;
      const spoil = random.pick(["nothing", "nothing", "nothing", "an input", "provenance"] as const);
      const partition = !partitions ? null : random.chance(0.03) ? "2025-06-18" : random.pick(keys);
      await make(key, partition, `v${random.integer(1, 3)}`, spoil);
      if (partition !== null && random.chance(0.1))
        await wipeAsset(db, TEST_DEPLOYMENT, key, random.chance(0.5) ? [partition] : null);
    }
    if (random.chance(0.2)) now += random.integer(1, 20) * HOUR;
    if (random.chance(0.1))
      await deleteDynamicPartitions(db, TEST_DEPLOYMENT, "files", [random.pick(["a", "b"])]);
    if (random.chance(0.1))
      await addDynamicPartitions(db, TEST_DEPLOYMENT, "files", [random.pick(["a", "b", "d"])]);
    if (random.chance(0.05)) {
      graph["same"] = {
        partitions: DAYS,
        deps: random.chance(0.5) ? { days: null } : { days: null, plain: null },
      };
      await serve(graph, random.pick([null, "1", "2"]));
    }
    if (random.chance(0.5)) continue;
    await tickStaleness(db, clock);
    const { kept, ruled } = await compare();
    expect(kept).toEqual(ruled);
    found += ruled.length;
  }
  expect(found).toBeGreaterThan(100);
}, 60_000);

test("what is new of one partition is looked at, however many there are; a round that fails is done again", async () => {
  await sql`update code_location set removed_at = now()`.execute(db);
  const keys = Array.from({ length: 3_000 }, (_, n) => `k${n}`);
  const partitions = { type: "static", keys } as const;
  await serve({ source: { partitions }, copy: { partitions, deps: { source: null } } }, "1");
  await make("source", "k0", "v1");
  await make("copy", "k0", "v1");
  for (const key of ["source", "copy"])
    await sql`
      insert into asset_partition_state (asset_id, partition_key, deployment_id, last_materialized_at, data_version, provenance, version_sequence)
      select p.asset_id, k, p.deployment_id, p.last_materialized_at, p.data_version, p.provenance, p.version_sequence
      from asset_partition_state p join asset a on a.id = p.asset_id, unnest(${keys.slice(1)}::text[]) k
      where a.key = ${key} and p.partition_key = 'k0'`.execute(db);
  await sql`delete from asset_partition_set`.execute(db);
  const count = async () =>
    countStalePartitions(db, TEST_DEPLOYMENT, await getAssetCatalog(db, TEST_DEPLOYMENT), ["copy"], now);
  expect(await count()).toEqual(new Map([["copy", null]]));
  await tickStaleness(db, clock);
  expect(await count()).toEqual(new Map([["copy", 0]]));

  await make("source", "k7", "v2");
  await make("source", "k2999", "v2");
  const breaking = db.withPlugin({
    transformQuery({ node }) {
      const { sql: text } = db.getExecutor().compileQuery(node, { queryId: "watched" });
      if (text.includes("insert into asset_stale_mark")) throw new Error("The replica dies");
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const duty = { daemon: stalenessDaemon, deploymentId: TEST_DEPLOYMENT };
  const report = await tickOnce(duty, createTestContext(breaking, { clock }), "replica");
  expect(report.error?.message).toBe("The replica dies");
  const watched = watchQueries(db);
  await tickStaleness(watched.db, clock);

  expect(await count()).toEqual(new Map([["copy", 2]]));
  const read = watched.queries.filter(({ sql: text }) => text.includes("asset_partition_state"));
  expect(read.map(({ parameters }) => parameters.filter(Array.isArray).map((list) => list.length))).toEqual([
    [1, 4, 4],
    [0, 2, 2],
  ]);
  expect((await compare()).kept).toEqual(["copy\nk2999", "copy\nk7"]);

  await wipeAsset(db, TEST_DEPLOYMENT, "source", ["k9"]);
  await tickStaleness(db, clock);
  const { kept, ruled } = await compare();
  expect(kept).toEqual(ruled);
  expect(kept).toContain("copy\nk9");
});
