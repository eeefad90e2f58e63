import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { lockAssets } from "../assets/state/lock-assets.ts";
import { lockAttempt, lockRun } from "../runs/fold/lock-run.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { inTransaction } from "./in-transaction.ts";

const { db } = await createTestDatabase();

test("what holds rows until a transaction ends does not compile outside of one", async () => {
  const runId = randomUUID();
  // @ts-expect-error: the pool is no transaction
  await expect(lockRun(db, runId)).rejects.toThrow("There is no");
  // @ts-expect-error: the pool is no transaction
  await expect(lockAttempt(db, runId, 1)).rejects.toThrow("There is no");
  // @ts-expect-error: the pool is no transaction
  await expect(lockAssets(db, "default", [])).resolves.toEqual(new Map());
  await expect(inTransaction(db, (trx) => lockRun(trx, runId))).rejects.toThrow("There is no");
});

test("within a transaction the same one goes on", async () => {
  const same = await inTransaction(db, async (outer) => {
    const readId = async (trx: typeof outer): Promise<unknown> =>
      (await sql`select pg_current_xact_id()::text as id`.execute(trx)).rows[0];
    return [await readId(outer), await inTransaction(outer, readId)];
  });

  expect(same[0]).toEqual(same[1]);
});
