import { sql } from "kysely";
import { expect, test } from "vitest";
import type { Db } from "../database/connect.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { markVisible, readEventNews, readMoment, type SeenEvents } from "./news-store.ts";

const { db } = await createTestDatabase();

async function insertEvent(trx: Db, assetId: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into asset_event (deployment_id, asset_id, kind, happened_at) values (${TEST_DEPLOYMENT}, ${assetId}, 'materialization', now())
    returning id`.execute(trx);
  return rows[0]?.id ?? 0;
}

/** What is new, and how far is seen after it. */
async function read(seen: SeenEvents): Promise<{ readonly ids: number[]; readonly seen: SeenEvents }> {
  const { oldest } = await readMoment(db);
  const { news, seen: after } = await readEventNews(db, TEST_DEPLOYMENT, seen, oldest);
  return { ids: news.map(({ id }) => id), seen: after };
}

test("an event is new whose transaction is the newest of all and commits after that of a later event", async () => {
  const { id: asset } = await db
    .insertInto("asset")
    .values({ deployment_id: TEST_DEPLOYMENT, key: "orders" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const before = await markVisible(db);
  const [early, late] = [await db.startTransaction().execute(), await db.startTransaction().execute()];
  await sql`select pg_current_xact_id()`.execute(early);
  const first = await insertEvent(late, asset);
  const second = await insertEvent(early, asset);
  await early.commit().execute();

  const one = await read(before);
  const two = await read(one.seen);
  await late.commit().execute();
  const three = await read(two.seen);

  expect([one.ids, two.ids, three.ids]).toEqual([[second], [], [first]]);
});
