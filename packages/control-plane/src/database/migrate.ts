import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import type { Db } from "./connect.ts";
import { inTransaction } from "./in-transaction.ts";

/** The database and this version of Millrace do not fit together; the message says which migration and what to do. */
export class MigrationRefused extends ExpectedError {
  readonly code = "migration_refused";
}

/** One numbered SQL file. */
export interface Migration {
  /** File name without `.sql`, such as `0001-first-run`; the order of names is the order of migrations. */
  readonly name: string;
  readonly sql: string;
}

/** Any number that no other program takes for an advisory lock in our database. */
const MIGRATION_LOCK = 7_106_115_411_001n;

/** The migrations that this version ships, in order. */
export function listMigrations(): Migration[] {
  const folder = new URL("../../migrations/", import.meta.url);
  return readdirSync(folder)
    .filter((file) => /^\d{4}-.+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      name: file.slice(0, -".sql".length),
      sql: readFileSync(new URL(file, folder), "utf8"),
    }));
}

/**
 * Brings the database up to date and returns the names of the migrations it applied. Any number of replicas may call it at
 * once: the lock belongs to the transaction (so it also holds behind PgBouncer), and all migrations commit together or not at all.
 *
 * @throws MigrationRefused when an applied migration was changed since, or is unknown to this (older) version.
 */
export async function migrate(
  db: Db,
  migrations: readonly Migration[] = listMigrations(),
): Promise<string[]> {
  return inTransaction(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx);
    await sql`create table if not exists migration (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`.execute(
      trx,
    );
    const applied = await sql<{
      name: string;
      checksum: string;
    }>`select name, checksum from migration order by name`.execute(trx);
    const missing = selectMissingMigrations(migrations, applied.rows);
    for (const migration of missing) {
      await sql.raw(migration.sql).execute(trx);
      await sql`insert into migration (name, checksum) values (${migration.name}, ${checksumOf(migration)})`.execute(
        trx,
      );
    }
    return missing.map((migration) => migration.name);
  });
}

function selectMissingMigrations(
  migrations: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, checksum } of applied) {
    const migration = known.get(name);
    if (migration === undefined) {
      throw new MigrationRefused(
        `The database has migration ${name}, which this version of Millrace does not know: start the newer version that made it`,
      );
    }
    if (checksumOf(migration) !== checksum) {
      throw new MigrationRefused(
        `Migration ${name} was changed after it had been applied: restore the file and put the change into a new migration`,
      );
    }
  }
  const done = new Set(applied.map(({ name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}

function checksumOf(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}
