import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { connect, type Db } from "../database/connect.ts";
import { watchLockOrder } from "./lock-order.ts";

/** The migrated database that test files get clones of. */
export const TEMPLATE_DATABASE = "millrace_template";

/** A migrated database for one test file. */
export interface TestDatabase {
  readonly db: Db;
  /** For what opens connections of its own. */
  readonly url: string;
}

/**
 * A clone of a template. What is done with it must lock rows in the order of `LOCK_ORDER`, or dropping it fails.
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
  const violations: string[] = [];
  const db = connect(url, {
    watch: (pool) => watchLockOrder(pool, (violation) => violations.push(violation)),
  });
  return {
    db,
    url,
    async drop() {
      await db.destroy();
      await sql`drop database ${sql.id(name)} with (force)`.execute(administration);
      await administration.destroy();
      if (violations.length > 0)
        throw new Error(`Rows are locked in another order than LOCK_ORDER:\n${violations.join("\n")}`);
    },
  };
}

/** The address of another database of the same server. */
export function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}
