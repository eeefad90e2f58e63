import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { connect } from "./connect.ts";
import { isConnectionFailure } from "./connection-failure.ts";
import { createStatementNames } from "./named-statements.ts";

const { url } = await createTestDatabase();

test("a text gets a name at its third use, and keeps it", () => {
  const nameOf = createStatementNames();
  const uses = [1, 2, 3, 4].map(() => nameOf("select $1"));

  expect(uses).toEqual([null, null, uses[2], uses[2]]);
  expect(uses[2]).toEqual(expect.any(String));
  expect([1, 2, 3].map(() => nameOf("select $2")).at(-1)).not.toBe(uses[2]);
});

test("no more than 256 texts get a name, however many there are", () => {
  const nameOf = createStatementNames();
  const names = new Set<string | null>();
  for (let index = 0; index < 2_000; index++)
    for (let use = 0; use < 4; use++) names.add(nameOf(`select ${index}`));
  for (let use = 0; use < 4; use++) names.add(nameOf("x".repeat(10_000)));

  expect(names.has(null)).toBe(true);
  expect(names.size).toBe(257);
});

test("a statement that is run again and again is planned once; a text that is run once is not kept", async () => {
  const db = connect(url, { maxConnections: 1 });
  for (let index = 0; index < 5; index++) {
    await sql`select ${index}::integer + 1`.execute(db);
    await sql.raw(`select ${index} + 2`).execute(db);
  }

  const kept = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db);

  expect(kept.rows).toEqual([{ statement: "select $1::integer + 1" }]);
  await db.destroy();
});

test("a table that changes beside us costs one refusal, which counts as an outage", async () => {
  const db = connect(url, { maxConnections: 1 });
  await sql`create table changing (id integer)`.execute(db);
  const read = () => sql`select * from changing where id = ${1}::integer`.execute(db);
  for (let use = 0; use < 4; use++) await read();
  await sql`alter table changing add column name text`.execute(db);

  const refusal = await read().catch((error: unknown) => error);

  expect(isConnectionFailure(refusal)).toBe(true);
  expect((await read()).rows).toEqual([]);
  await db.destroy();
});
