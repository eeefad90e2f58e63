import { sql } from "kysely";
import type { Db } from "../database/connect.ts";

/**
 * Lets a simulation begin as every other one: without anything of the one before, also of its ids.
 *
 * By `delete` and `vacuum`: `truncate` makes a file for each table and index, and has every connection plan its statements again.
 * In which order rows without an order come hangs on where they lie, so tables must be empty down to their files.
 */
export async function emptyDatabase(db: Db): Promise<void> {
  const { rows } = await sql<{ written: readonly string[] }>`
    select simulation.delete_rows() as written`.execute(db);
  const tables = (rows[0]?.written ?? []).map((name) => sql.table(name));
  if (tables.length === 0) return;
  await sql`vacuum ${sql.join(tables)}`.execute(db);
  const left = await sql<{ name: string }>`select simulation.list_written() as name`.execute(db);
  if (left.rows.length > 0)
    throw new Error(`Somebody still sees rows of ${left.rows.map(({ name }) => name).join(", ")}`);
}
