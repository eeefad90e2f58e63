import { randomUUID } from "node:crypto";
import { Client, Pool } from "pg";
import { inject } from "vitest";

/** A database of its own for one test file, on the server of the test run. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: Pool;
}

/** Makes an empty database. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject("testDatabaseUrl");
  const name = `io_${randomUUID()}`;
  await administrate(server, `create database "${name}"`);
  const address = new URL(server);
  address.pathname = `/${name}`;
  const pool = new Pool({ connectionString: address.href, max: 2 });
  // Dropping the database breaks connections that have not quite ended.
  pool.on("connect", (client) => client.on("error", () => {})).on("error", () => {});
  return {
    url: address.href,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await administrate(server, `drop database "${name}" with (force)`);
    },
  };
}

async function administrate(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
