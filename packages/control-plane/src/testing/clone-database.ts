import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { connect, type Db } from "../database/connect.ts";

/** The migrated database that test files get clones of. */
export const TEMPLATE_DATABASE = "millrace_template";

/** A migrated database for one test file. */
export interface TestDatabase {
  readonly db: Db;
  /** For what opens connections of its own. */
  readonly url: string;
}

/**
 * A clone of a template.
 *
 * @param prepare called with a connection to the server before anybody connects to the clone.
 */
export async function cloneDatabase(
  serverUrl: string,
  template: string,
  prepare: (administration: Db, name: string) => Promise<void> = async () => {},
): Promise<TestDatabase & { readonly drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  const administration = connect(serverUrl, { maxConnections: 1 });
  await sql`create database ${sql.id(name)} template ${sql.id(template)}`.execute(administration);
  await prepare(administration, name);
  const url = withDatabase(serverUrl, name);
  const db = connect(url);
  return {
    db,
    url,
    async drop() {
      await db.destroy();
      await sql`drop database ${sql.id(name)} with (force)`.execute(administration);
      await administration.destroy();
    },
  };
}

/** The address of another database of the same server. */
export function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}
