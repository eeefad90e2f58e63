import { sql } from "kysely";
import { afterAll, expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { connect, type Db } from "./connect.ts";

const { url } = await createTestDatabase();
const pools: Db[] = [];
afterAll(() => Promise.all(pools.map((pool) => pool.destroy())));

async function findServerProcess(db: Db): Promise<number | undefined> {
  const result = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
  return result.rows[0]?.pid;
}

test("a connection whose time is over is replaced, though it was never idle for long", async () => {
  const db = connect(url, { lifetimeSeconds: 0.01 });
  pools.push(db);
  const first = await findServerProcess(db);

  await expect.poll(() => findServerProcess(db)).not.toBe(first);
});

test("a connection that is in use stays until its transaction has ended", async () => {
  const db = connect(url, { lifetimeSeconds: 0.01, maxConnections: 1 });
  pools.push(db);

  await db.transaction().execute(async (trx) => {
    const first = await findServerProcess(trx);
    await sql`select pg_sleep(0.05)`.execute(trx);
    expect(await findServerProcess(trx)).toBe(first);
  });
});
