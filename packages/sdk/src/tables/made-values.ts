import type { RowsShape } from "./row-source.ts";
import { TableTaken } from "./table-errors.ts";
import {
  MADE_VALUES,
  quoteName,
  quoteTable,
  type ExistingTable,
  type TableName,
  type TableTransaction,
} from "./table-store.ts";
import type { TableTarget } from "./table-target.ts";

/** The comment on tables that assets have made, so that no two assets share one. */
const OWNER = /^Millrace asset (.*)$/;

/** A row of `MADE_VALUES` without a partition says whose a table is. */
const COLUMNS =
  "table_name text, partition_key text, asset_key text, location text, shape text, made_at timestamp with time zone";

/** The table of made values must be there first, which needs a transaction of its own. */
export class MadeValuesMissing extends Error {}

/** What is known of a table and one value in it. */
export interface MadeValues {
  /** The asset and the code location that a table was made by. */
  readonly owner: { readonly assetKey: string; readonly location: string | null } | null;
  /** How the value was handed over; null when nothing says that it was made. */
  readonly shape: RowsShape | null;
}

/** @throws MadeValuesMissing when there is no such table, unless `mayLack` */
export async function findMadeValues(
  transaction: TableTransaction,
  { table, partitionKey }: Pick<TableTarget, "table" | "partitionKey">,
  found: Pick<ExistingTable, "comment"> | null,
  mayLack: boolean,
): Promise<MadeValues> {
  const commented = OWNER.exec(found?.comment ?? "")?.[1];
  const byComment = commented === undefined ? null : { assetKey: commented, location: null };
  const place = placeOf(table);
  if ((await transaction.findTable(place)) === null) {
    if (!mayLack) throw new MadeValuesMissing();
    return { owner: byComment, shape: null };
  }
  const rows = await transaction.query(
    `select partition_key, asset_key, location, shape from ${quoteTable(place)} where table_name = $1 and (partition_key is null or partition_key = $2)`,
    [table.table, partitionKey ?? ""],
  );
  const owner = rows.find((row) => row["partition_key"] === null);
  const made = rows.find((row) => row["partition_key"] !== null);
  const location = (owner?.["location"] ?? null) as string | null;
  const byRecord = owner === undefined ? null : { assetKey: String(owner["asset_key"]), location };
  // The comment is what people change, to give a table to another asset.
  const isSame = byComment === null || byComment.assetKey === byRecord?.assetKey;
  return {
    owner: isSame ? byRecord : byComment,
    shape: made === undefined ? null : shapeOf(made["shape"]),
  };
}

function shapeOf(text: unknown): RowsShape {
  return text === "stream" || text === "parquet" ? text : "array";
}

/** Makes the table of made values. For a transaction that has it for itself. */
export async function createMadeValues(transaction: TableTransaction, table: TableName): Promise<void> {
  const place = placeOf(table);
  if ((await transaction.findTable(place)) !== null) return;
  await createSchema(transaction, table.schema);
  await transaction.query(`create table ${quoteTable(place)} (${COLUMNS})`);
}

/** Where it is said what was made of a table. */
export function placeOf({ schema }: TableName): TableName {
  return { schema, table: MADE_VALUES };
}

/** Not `if not exists` alone: that needs the right to make schemas also where there is nothing to make. */
export async function createSchema(transaction: TableTransaction, schema: string): Promise<void> {
  const found = await transaction.query("select 1 from pg_catalog.pg_namespace where nspname = $1", [schema]);
  if (found.length === 0) await transaction.query(`create schema if not exists ${quoteName(schema)}`);
}

/** Notes that a value was made, within the transaction that stores it. */
export async function recordMade(
  transaction: TableTransaction,
  target: Pick<TableTarget, "table" | "partitionKey" | "assetKey" | "location">,
  known: MadeValues,
  shape: RowsShape,
): Promise<void> {
  const { table, assetKey, location } = target;
  const place = quoteTable(placeOf(table));
  const key = target.partitionKey ?? "";
  const insert = (partition: string): Promise<unknown> =>
    transaction.query(
      `insert into ${place} (table_name, partition_key, asset_key, location, shape, made_at) values ($1, ${partition}, $2, nullif($3, ''), '${shape}', now())`,
      [table.table, assetKey, location ?? "", ...(partition === "null" ? [] : [key])],
    );
  const isOwner = known.owner?.assetKey === assetKey && (known.owner.location !== null || location === null);
  if (!isOwner) {
    await transaction.query(`delete from ${place} where table_name = $1 and partition_key is null`, [
      table.table,
    ]);
    await insert("null");
  }
  await transaction.query(`delete from ${place} where table_name = $1 and partition_key = $2`, [
    table.table,
    key,
  ]);
  await insert("$4");
}

/**
 * Checks that an asset may replace rows of a table.
 *
 * @throws TableTaken when another asset, or somebody else, has made it.
 */
export async function requireOwnTable(
  transaction: TableTransaction,
  target: TableTarget,
  { owner }: MadeValues,
): Promise<void> {
  const { assetKey, location } = target;
  const table = quoteTable(target.table);
  const elsewhere = "give it another `table` or `schema` in its metadata";
  if (owner === null) {
    // Nothing is lost of a table that is empty, such as one that a migration has made with types of its own.
    if ((await transaction.query(`select 1 from ${table} limit 1`)).length === 0) return;
    throw new TableTaken(
      `Table ${table} was not made by Millrace, and storing asset "${assetKey}" would replace its rows: ${elsewhere}, or let it have this table: comment on table ${table} is 'Millrace asset ${assetKey}'`,
    );
  }
  if (owner.assetKey !== assetKey) {
    throw new TableTaken(
      `Table ${table} belongs to asset "${owner.assetKey}", so asset "${assetKey}" can not store its rows there: ${elsewhere}. If it is the same asset under a new key, run: comment on table ${table} is 'Millrace asset ${assetKey}'`,
    );
  }
  if (owner.location === null || location === null || owner.location === location) return;
  throw new TableTaken(
    `Table ${table} belongs to asset "${assetKey}" of code location "${owner.location}", so that of "${location}" can not store its rows there: ${elsewhere}. If the location has a new name, run: update ${quoteTable(placeOf(target.table))} set location = '${location}' where table_name = '${target.table.table}'`,
  );
}
