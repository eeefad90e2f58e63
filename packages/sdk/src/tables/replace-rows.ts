import type { TableColumn } from "@millrace/model/metadata";
import { fitsColumn } from "./column-fit.ts";
import { partitionCondition } from "./partition-condition.ts";
import type { RowColumn } from "./row-columns.ts";
import { PLURALS } from "./column-kind.ts";
import { ColumnMismatch, InvalidTableValue, RowsOutsidePartition, TableTaken } from "./table-errors.ts";
import {
  type ExistingTable,
  type FilledColumn,
  type SqlCondition,
  type TableStore,
  type TableTransaction,
  quoteName,
  quoteTable,
} from "./table-store.ts";
import type { TableRow } from "./table-row.ts";
import type { TableTarget } from "./table-target.ts";

/** The comment on tables that assets have made, so that no two assets share one. */
const OWNER = /^Millrace asset (.*)$/;

/** The table must change first, which needs a transaction with access `table`. */
export class TableMustChange extends Error {}

/**
 * Replaces the rows of a table, or those of one partition, within a transaction. What the table lacks is added: the table,
 * columns. A column is never dropped; its type changes only while it holds no value.
 *
 * @param mayChange Whether the transaction has the table to itself.
 * @returns The table's columns.
 * @throws TableMustChange when the table needs a change that the transaction may not make.
 */
export async function replaceRows(
  transaction: TableTransaction,
  types: TableStore["columnTypes"],
  target: TableTarget,
  columns: readonly RowColumn[],
  rows: readonly TableRow[],
  mayChange: boolean,
): Promise<readonly TableColumn[]> {
  const found = await transaction.findTable();
  if (found) requireOwner(found, target);
  const missing = missingColumns(found, target, columns, types);
  if (!mayChange && (!found || missing.length > 0)) throw new TableMustChange();
  if (found) {
    for (const column of missing) await transaction.query(addColumn(target, column));
  } else await createTable(transaction, target, missing);
  const table = { columns: [...(found?.columns ?? []), ...missing] };
  const misfits = columns.filter((column) => !fitsColumn(column, typeOf(table, column.name)));
  if (misfits.length > 0 && !mayChange) throw new TableMustChange();
  // All changes of the table come before those of its rows: not every database takes them the other way round.
  for (const column of misfits) await retype(transaction, target, table, column, types);
  const inside = await conditionOf(transaction, target);
  await transaction.query(...deleteOf(target, inside));
  const changed = misfits.length === 0 ? table : ((await transaction.findTable()) ?? table);
  const filled = columns.map(({ name, kind }): FilledColumn => ({ name, kind, type: typeOf(changed, name) }));
  const outside = rows.length === 0 ? 0 : await transaction.insertRows(filled, rows, inside);
  if (outside > 0) throw outsideError(target, rows.length, outside);
  return describeColumns(changed, target);
}

/** The condition for the rows of the target's partition, in a table that has the columns; null: all rows are meant. */
export async function conditionOf(
  transaction: TableTransaction,
  { partition }: TableTarget,
): Promise<SqlCondition | null> {
  if (partition === null) return null;
  return partitionCondition(
    partition,
    await transaction.kindsOf(partition.map(({ expression }) => expression)),
  );
}

type Columns = Pick<ExistingTable, "columns">;

function requireOwner(found: ExistingTable, target: TableTarget): void {
  const owner = OWNER.exec(found.comment ?? "")?.[1];
  if (owner === undefined || owner === target.assetKey) return;
  throw new TableTaken(
    `Table ${quoteTable(target.table)} belongs to asset "${owner}", so asset "${target.assetKey}" can not store its rows there: give it another \`table\` or \`schema\` in its metadata. If it is the same asset under a new key, run: comment on table ${quoteTable(target.table)} is null`,
  );
}

function missingColumns(
  found: ExistingTable | null,
  { declared, assetKey }: TableTarget,
  columns: readonly RowColumn[],
  types: TableStore["columnTypes"],
): ExistingTable["columns"] {
  const wanted = new Map<string, string>();
  for (const { name, type } of declared) wanted.set(name, type);
  for (const { name, kind } of columns) if (!wanted.has(name)) wanted.set(name, types[kind]);
  if (!found && wanted.size === 0) {
    throw new InvalidTableValue(
      `Asset "${assetKey}" has no table yet, and no rows whose columns it could get: declare them in its metadata, as in { columns: metadata.tableSchema([{ name: "id", type: "bigint" }]) }`,
    );
  }
  return [...wanted].flatMap(([name, type]) =>
    found?.columns.some((column) => column.name === name) ? [] : [{ name, type }],
  );
}

async function createTable(
  transaction: TableTransaction,
  { table, assetKey }: TableTarget,
  columns: ExistingTable["columns"],
): Promise<void> {
  const schemas = await transaction.query("select 1 from pg_catalog.pg_namespace where nspname = $1", [
    table.schema,
  ]);
  // Not `if not exists` alone: that needs the right to make schemas also where there is nothing to make.
  if (schemas.length === 0) await transaction.query(`create schema if not exists ${quoteName(table.schema)}`);
  const list = columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(", ");
  await transaction.query(`create table ${quoteTable(table)} (${list})`);
  const owner = `Millrace asset ${assetKey}`.replaceAll("'", "''");
  await transaction.query(`comment on table ${quoteTable(table)} is '${owner}'`);
}

function addColumn({ table }: TableTarget, { name, type }: Columns["columns"][number]): string {
  return `alter table ${quoteTable(table)} add column ${quoteName(name)} ${type}`;
}

function deleteOf(
  { table }: TableTarget,
  condition: SqlCondition | null,
): [sql: string, values: readonly string[]] {
  const where = condition === null ? "" : ` where ${condition.sql}`;
  return [`delete from ${quoteTable(table)}${where}`, condition?.values ?? []];
}

/** Gives a column that holds nothing but what is replaced the type of the values that come. */
async function retype(
  transaction: TableTransaction,
  target: TableTarget,
  columns: Columns,
  column: RowColumn,
  types: TableStore["columnTypes"],
): Promise<void> {
  const { table, assetKey, declared } = target;
  const name = quoteName(column.name);
  const type = typeOf(columns, column.name);
  const replaced = await conditionOf(transaction, target);
  const values =
    replaced === null
      ? []
      : await transaction.query(
          `select 1 from ${quoteTable(table)} where ${name} is not null and (${replaced.sql}) is not true limit 1`,
          replaced.values,
        );
  const isDeclared = declared.some((known) => known.name === column.name);
  if (values.length > 0 || isDeclared) {
    throw new ColumnMismatch(
      `Asset "${assetKey}" brings ${PLURALS[column.kind]} for column ${name} of table ${quoteTable(table)}, which is of type ${type}: ${isDeclared ? "correct the type that its metadata declares" : "alter the column, or have the asset return what it holds"}`,
    );
  }
  const wanted = types[column.kind];
  await transaction.query(
    `alter table ${quoteTable(table)} alter column ${name} type ${wanted} using cast(null as ${wanted})`,
  );
}

function typeOf({ columns }: Columns, name: string): string {
  return columns.find((column) => column.name === name)?.type ?? "";
}

function outsideError(target: TableTarget, rows: number, outside: number): RowsOutsidePartition {
  const expressions = (target.partition ?? []).map(({ expression }) => expression).join(", ");
  return new RowsOutsidePartition(
    `${outside} of ${rows} rows of asset "${target.assetKey}" do not belong to its partition ${target.partitionKey}, seen from ${expressions}: nothing is stored. Return rows of the partition only, or correct \`partition_expr\` in the asset's metadata`,
  );
}

function describeColumns({ columns }: Columns, { declared }: TableTarget): readonly TableColumn[] {
  return columns.map((column) => ({
    ...declared.find((known) => known.name === column.name),
    ...column,
  }));
}
