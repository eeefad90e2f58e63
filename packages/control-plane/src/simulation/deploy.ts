import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { listServingSnapshots } from "../locations/serving-snapshot.ts";
import { serveLocation, TEST_DEPLOYMENT, type SnapshotInit } from "../testing/test-runs.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { FOLLOWED_SHOP } from "./simulated-automation.ts";
import { shopOfRevision } from "./simulated-ticks.ts";

/** What the shop's code location can serve. The last one defines no schedules and sensors any more. */
const VERSIONS = { first: shopOfRevision(1), second: shopOfRevision(2), tickless: FOLLOWED_SHOP } as const;

/** One of them. */
export type Version = keyof typeof VERSIONS;

/** The ids of the versions that the location can serve. */
export type VersionIds = Readonly<Record<Version, string>>;

/** Makes every version of the shop known; the first one is served. */
export async function prepareVersions(db: Db): Promise<VersionIds> {
  const ids: Partial<Record<Version, string>> = {};
  for (const version of ["tickless", "second", "first"] as const)
    ids[version] = await prepareVersion(db, VERSIONS[version]);
  return ids as VersionIds;
}

/** Serves a version of the shop that is new; its id. */
export async function prepareVersion(db: Db, definitions: SnapshotInit): Promise<string> {
  await serveLocation(db, "shop", definitions);
  // What this process keeps of definitions outlives a simulation, so all of it is there from the beginning.
  await listServingSnapshots(db, TEST_DEPLOYMENT);
  const served = await db
    .selectFrom("code_location")
    .select("serving_version_id as id")
    .executeTakeFirstOrThrow();
  return served.id ?? "";
}

/** Serves another version of the shop from now on, as when its agent has reported that it is loaded. */
export async function deploy(db: Db, ids: VersionIds, version: Version): Promise<void> {
  return deployVersion(db, ids[version]);
}

/** Serves from now on a version of the shop that is known. */
export async function deployVersion(db: Db, id: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    await sql`update code_location set revision = revision + 1, serving_version_id = ${id} where name = 'shop'`.execute(
      trx,
    );
    await notifyChange(trx, topics.locations(TEST_DEPLOYMENT));
  });
}
