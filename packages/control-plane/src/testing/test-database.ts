import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { afterAll, inject } from "vitest";
import { connect, type Db } from "../database/connect.ts";

export const TEMPLATE_DATABASE = "millrace_template";

/** A migrated database for one test file. */
export interface TestDatabase {
  readonly db: Db;
  /** For what opens connections of its own. */
  readonly url: string;
}

/** Clones the migrated template; call it at the top of a test file (`const { db } = await createTestDatabase()`). Dropped after the file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject("testDatabaseUrl");
  const name = `test_${randomBytes(6).toString("hex")}`;
  const administration = connect(serverUrl, { maxConnections: 1 });
  await sql`create database ${sql.id(name)} template ${sql.id(TEMPLATE_DATABASE)}`.execute(administration);
  const url = withDatabase(serverUrl, name);
  const db = connect(url);
  afterAll(async () => {
    await db.destroy();
    await sql`drop database ${sql.id(name)} with (force)`.execute(administration);
    await administration.destroy();
  });
  return { db, url };
}

/** The address of another database of the same server. */
export function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}
