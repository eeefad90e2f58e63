import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { isConnectionFailure } from "./connection-failure.ts";
import { inTransaction } from "./in-transaction.ts";

const { db } = await createTestDatabase();

test("a connection that breaks within a transaction is an outage, for the statement it meets and for those after it", async () => {
  const met: unknown[] = [];
  const broken = inTransaction(db, async (trx) => {
    await sql`select pg_terminate_backend(pg_backend_pid())`
      .execute(trx)
      .catch((error: unknown) => met.push(error));
    await sql`select 1`.execute(trx).catch((error: unknown) => met.push(error));
  });
  await broken.catch((error: unknown) => met.push(error));

  expect(met.length).toBeGreaterThan(1);
  expect(met.filter((error) => !isConnectionFailure(error))).toEqual([]);
});

test.each([
  [new Error("Client has encountered a connection error and is not queryable"), true],
  [Object.assign(new Error("deadlock detected"), { code: "40P01" }), false],
  [new Error("Cannot read properties of undefined"), false],
])("%s: %s", (error, isOutage) => {
  expect(isConnectionFailure(error)).toBe(isOutage);
});
