import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../testing/test-database.ts";
import { serveLocation, TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { watchQueries } from "../../testing/watch-queries.ts";
import { getAssetCatalog } from "../catalog/asset-catalog.ts";
import { listStaleness } from "./asset-staleness.ts";
import { listWholeStaleness } from "./whole-staleness.ts";

const { db } = await createTestDatabase();
const NOW = Date.parse("2025-06-15T12:00:00Z");
const KEYS = Array.from({ length: 30 }, (_, index) => `a${index}`);

/** Each asset is made from the two before it; every fifth has days as partitions. */
async function serve(name: string, codeVersion: string): Promise<void> {
  await serveLocation(db, name, {
    assets: KEYS.map((key, index) => ({
      key,
      executable: index > 1,
      stepKey: key,
      codeVersion,
      dependencies: [index - 1, index - 2]
        .filter((other) => other >= 0)
        .map((other) => ({ key: `a${other}`, loadsValue: true })),
      ...(index % 5 === 0 ? { partitions: { json: '{"type":"daily","start":"2025-06-10"}' } } : {}),
    })),
  });
}

/** Something new of an asset, made from what its dependencies are now or, if `blindly`, from something else. */
async function make(key: string, sequence: number, blindly: boolean): Promise<void> {
  const index = Number(key.slice(1));
  const used = [index - 1, index - 2].filter((other) => other >= 0).map((other) => `a${other}`);
  await sql`
    insert into asset as known (deployment_id, key, last_materialized_at, data_version, version_sequence, provenance)
    select ${TEST_DEPLOYMENT}, ${key}, now(), ${`v${sequence}`}, ${sequence}, jsonb_build_object('codeVersion', '1', 'inputDataVersions',
      (select coalesce(jsonb_object_agg(u, coalesce((select case when ${blindly} then 'other' else data_version end from asset where key = u), 'INITIAL')), '{}')
        from unnest(${used}::text[]) u))
    on conflict (deployment_id, key) do update set last_materialized_at = now(), data_version = excluded.data_version,
      version_sequence = excluded.version_sequence, provenance = excluded.provenance`.execute(db);
}

async function expectToAgree(now = NOW): Promise<void> {
  const catalog = await getAssetCatalog(db, TEST_DEPLOYMENT);
  const known = await listWholeStaleness(db, TEST_DEPLOYMENT, catalog, now);
  const places = KEYS.map((assetKey) => ({ assetKey, partition: null }));
  expect(KEYS.map((key) => known.get(key) ?? null)).toEqual(
    await listStaleness(db, TEST_DEPLOYMENT, places, now),
  );
}

test("what is kept says the same as what is worked out anew, whatever happens between", async () => {
  await serve("graph", "1");
  await expectToAgree();
  for (let step = 1; step <= 60; step++) {
    await make(KEYS[(step * 7) % KEYS.length] ?? "", step, step % 3 === 0);
    if (step % 4 === 0) await expectToAgree(NOW + step * 600_000);
  }
  await sql`delete from asset where key = 'a7'`.execute(db);
  await expectToAgree();
  await sql`update code_location set removed_at = now()`.execute(db);
  await serve("graph again", "2");
  await expectToAgree();
});

test("only what has changed is read, and those who ask at once find the same", async () => {
  const catalog = await getAssetCatalog(db, TEST_DEPLOYMENT);
  await listWholeStaleness(db, TEST_DEPLOYMENT, catalog, NOW);
  await make("a9", 1_000, false);
  const watched = watchQueries(db);
  const before = await listWholeStaleness(watched.db, TEST_DEPLOYMENT, catalog, NOW);
  await make("a12", 1_001, false);
  watched.queries.length = 0;

  const [first, second] = await Promise.all([
    listWholeStaleness(watched.db, TEST_DEPLOYMENT, catalog, NOW),
    listWholeStaleness(watched.db, TEST_DEPLOYMENT, catalog, NOW),
  ]);

  expect(first).toBe(before);
  expect(second).toBe(first);
  const read = watched.queries.filter(({ sql: text }) => text.includes("data_version"));
  expect(read.map(({ parameters }) => parameters.find(Array.isArray))).toEqual([["a12"]]);
});
