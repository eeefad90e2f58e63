import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { connect } from "./connect.ts";
import { keepPlans } from "./in-transaction.ts";

const { url } = await createTestDatabase();
const db = connect(url, { maxConnections: 1 });

test("a transaction begins with its first statement, and what it sets holds in it alone", async () => {
  const readMode = sql<{ mode: string }>`select current_setting('plan_cache_mode') as mode, ${1}::integer`;
  const modes: (string | undefined)[] = [];
  for (let use = 0; use < 5; use++)
    await db.transaction().execute(async (trx) => {
      await keepPlans(trx);
      modes.push((await readMode.execute(trx)).rows[0]?.mode);
      modes.push((await readMode.execute(trx)).rows[0]?.mode);
    });
  modes.push((await readMode.execute(db)).rows[0]?.mode);

  expect(new Set(modes.slice(0, -1))).toEqual(new Set(["force_generic_plan"]));
  expect(modes.at(-1)).toBe("auto");
});

test("nothing of a transaction is there that is rolled back, or whose first statement fails", async () => {
  await sql`create table written (id integer primary key)`.execute(db);
  const write = (id: unknown) => sql`insert into written values (${id}::integer)`;
  for (let use = 0; use < 4; use++) {
    const undone = db.transaction().execute(async (trx) => {
      await write(use).execute(trx);
      throw new Error("undo");
    });
    await expect(undone).rejects.toThrow("undo");
    const refused = db.transaction().execute((trx) => write("no number").execute(trx));
    await expect(refused).rejects.toThrow("invalid input syntax");
  }
  expect((await sql`select from written`.execute(db)).rows).toEqual([]);

  await db.transaction().execute((trx) => write(1).execute(trx));
  expect((await sql`select * from written`.execute(db)).rows).toEqual([{ id: 1 }]);
});

test("a transaction without statements leaves the connection as it was", async () => {
  await db.transaction().execute(async () => {});
  await expect(
    db.transaction().execute(() => Promise.reject(new Error("before the first statement"))),
  ).rejects.toThrow("before the first statement");

  const { rows } = await sql<{ alone: boolean }>`select now() = statement_timestamp() as alone`.execute(db);
  expect(rows).toEqual([{ alone: true }]);
});
