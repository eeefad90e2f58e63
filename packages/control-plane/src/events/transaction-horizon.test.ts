import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { NEXT_TRANSACTION, OLDEST_TRANSACTION } from "./transaction-horizon.ts";

const { db } = await createTestDatabase();

test("a transaction that is newer than any that has ended is below the horizon, and not before the oldest", async () => {
  const trx = await db.startTransaction().execute();
  const { rows: begun } = await sql<{ id: number }>`select pg_current_xact_id()::text::bigint as id`.execute(
    trx,
  );
  const { rows } = await sql<{ oldest: number; next: number }>`
    select ${OLDEST_TRANSACTION} as oldest, ${NEXT_TRANSACTION} as next`.execute(db);
  await trx.rollback().execute();

  const [{ id } = { id: 0 }] = begun;
  expect(rows[0]?.next).toBeGreaterThan(id);
  expect(rows[0]?.oldest).toBeLessThanOrEqual(id);
});
