import { sql } from "kysely";
import { DatabaseUnusable } from "./check-database-url.ts";
import type { Db } from "./connect.ts";

/** The oldest PostgreSQL that we work with. */
const MIN_VERSION = 15;
/** PostgreSQL's code for a statement that the role may not run, and for one that writes to a standby. */
const MAY_NOT = "42501";
const READ_ONLY = "25006";

/**
 * Checks that a database answers and is new enough.
 *
 * @throws DatabaseUnusable with the reason.
 */
export async function checkDatabase(db: Db): Promise<void> {
  const result = await sql<{ version: number }>`select current_setting('server_version_num')::int as version`
    .execute(db)
    .catch((cause: unknown) => {
      throw new DatabaseUnusable(`The database of --database-url can't be used: ${reasonOf(cause)}`, {
        cause,
      });
    });
  const version = Math.floor((result.rows[0]?.version ?? 0) / 10_000);
  if (version < MIN_VERSION)
    throw new DatabaseUnusable(
      `The database of --database-url is PostgreSQL ${version}; Millrace needs ${MIN_VERSION} or later`,
    );
}

/** What to throw in the place of an error of a migration: DatabaseUnusable when the role or the server allows no changes. */
export function explainMigrationError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code !== MAY_NOT && code !== READ_ONLY) return error;
  return new DatabaseUnusable(
    `The tables can't be made in the database of --database-url: ${reasonOf(error)}. ` +
      "Give an address with a role that owns the database, of a server that is no standby",
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses that all refused have a code and no message.
  return error.message || String("code" in error ? error.code : error.name);
}
