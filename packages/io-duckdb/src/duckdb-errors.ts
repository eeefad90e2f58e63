import { InvalidTableValue, quoteTable, type TransactionOptions } from "millrace/tables";
import type { DuckdbDatabase } from "./duckdb-database.ts";
import { CAST_FAILURE } from "./duckdb-values.ts";

/** A database refused what an asset's rows need; the message says where. */
export class DuckdbRefused extends Error {
  readonly code = "duckdb_refused";
}

/** DuckDB's own words begin with their kind, and say neither whose rows nor what table it was. */
export function explainRefusal(
  error: unknown,
  { name, path }: DuckdbDatabase,
  { what, table, signal }: TransactionOptions,
): unknown {
  if (signal.aborted) return signal.reason;
  if (!(error instanceof Error) || !/^\w[\w ]* Error: /.test(error.message)) return error;
  const cast = error.message.indexOf(CAST_FAILURE);
  if (cast >= 0)
    return new InvalidTableValue(
      `${what}, table ${quoteTable(table)}: ${error.message.slice(cast + CAST_FAILURE.length)}`,
      { cause: error },
    );
  return new DuckdbRefused(
    `The database "${name}" (${path}) refused ${what}, table ${quoteTable(table)}: ${error.message}`,
    { cause: error },
  );
}
