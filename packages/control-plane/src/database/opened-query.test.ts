import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { connect } from "./connect.ts";
import { executeKeepingPlan, keepPlans } from "./in-transaction.ts";
import { andCommit } from "./named-statements.ts";

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

test("a transaction ends with its last statement: committed, or not there if that fails", async () => {
  await sql`create table ended (id integer primary key)`.execute(db);
  const write = (id: unknown) => sql`insert into ended values (${id}::integer)`;
  const writeLast = (id: unknown) => sql`${andCommit} ${write(id)} returning txid_current()`;
  for (let use = 0; use < 4; use++) {
    await db.transaction().execute(async (trx) => {
      await write(use).execute(trx);
      await writeLast(10 + use).execute(trx);
    });
    await executeKeepingPlan(db, write(20 + use));
    const refused = db.transaction().execute(async (trx) => {
      await write(30 + use).execute(trx);
      await writeLast("no number").execute(trx);
    });
    await expect(refused).rejects.toThrow("invalid input syntax");
  }
  const tooLate = db.transaction().execute(async (trx) => {
    await writeLast(40).execute(trx);
    throw new Error("undo");
  });
  await expect(tooLate).rejects.toThrow("can't be undone");

  const { rows } = await sql<{ id: number }>`select id from ended order by id`.execute(db);
  expect(rows.map(({ id }) => id)).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 40]);
});

test("within a transaction, a statement of its own commits nothing", async () => {
  await sql`create table inner_one (id integer)`.execute(db);
  const undone = db.transaction().execute(async (trx) => {
    await executeKeepingPlan(trx, sql`insert into inner_one values (${1}::integer)`);
    throw new Error("undo");
  });

  await expect(undone).rejects.toThrow("undo");
  expect((await sql`select from inner_one`.execute(db)).rows).toEqual([]);
});
