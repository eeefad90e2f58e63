import { sql } from "kysely";
import { expect, test } from "vitest";
import { connect } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { createTestDatabase } from "./test-database.ts";
import { LOCK_ORDER, listLockedTables, watchLockOrder } from "./lock-order.ts";

test.each([
  [
    "select r.id from run r join run_attempt a on a.run_id = r.id where r.id = $1 for no key update of r, a",
    ["run", "run_attempt"],
  ],
  ["select id from run where id = $1 order by id for update", ["run"]],
  ["select id from work_item where state = 'pending' limit 1 for no key update skip locked", []],
  [
    "with free as (select id from work_item limit 1 for no key update skip locked) update work_item set state = 'x' from free",
    [],
  ],
  [
    'delete from "snapshot" where ctid = any(array(select ctid from "snapshot" where not exists (select from location_version v) limit $1 for update of "snapshot" skip locked))',
    [],
  ],
  ["insert into run (id) values ($1) on conflict do nothing", []],
  [
    "insert into asset as known (key) values ($1) on conflict (key) do update set key = excluded.key",
    ["asset"],
  ],
  [`update "code_location" set "document" = $1`, ["code_location"]],
  ["delete from location_version old using code_location location where old.id = $1", ["location_version"]],
  ["with beat as ( update run_attempt set state = 'x' ) select from run r where r.id = $1", ["run_attempt"]],
  [
    "with held as (select a.id from asset_partition_set s join asset a on a.id = s.asset_id for no key update of a) delete from asset_partition_set s using held",
    ["asset", "asset_partition_set"],
  ],
])("%s", (statement, tables) => {
  expect(listLockedTables(statement)).toEqual(tables);
});

test("a transaction that locks in another order is noticed, and so is a table without a place", async () => {
  const { url } = await createTestDatabase();
  const violations: string[] = [];
  const db = connect(url, {
    watch: (pool) => watchLockOrder(pool, (violation) => violations.push(violation)),
  });
  const lock = (...tables: string[]): Promise<void> =>
    inTransaction(db, async (trx) => {
      for (const table of tables) await sql`select 1 from ${sql.table(table)} for update`.execute(trx);
    });

  await lock("work_item", "run", "run_attempt", "run", "asset");
  await lock("asset");
  await lock("run");
  await lock("asset", "asset_partition_chunk", "asset_partition_set", "asset_partition_state");
  expect(violations).toEqual([]);

  await lock("asset", "run");
  await lock("asset_partition_chunk", "asset");
  await lock("run", "migration");
  await db.destroy();
  expect(violations).toEqual([
    expect.stringMatching(/^run is locked after asset: select 1 from "run"/),
    expect.stringMatching(/^asset is locked after asset_partition_chunk/),
    expect.stringMatching(/^migration has no place in LOCK_ORDER/),
  ]);
});

test("every table that has a place is there", async () => {
  const { db } = await createTestDatabase();
  const { rows } = await sql<{
    name: string;
  }>`select table_name as name from information_schema.tables`.execute(db);

  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining([...LOCK_ORDER]));
});
