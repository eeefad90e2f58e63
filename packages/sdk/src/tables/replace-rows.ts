import type { TableColumn } from "@millrace/model/metadata";
import { fitsColumn } from "./column-fit.ts";
import { createSchema, findMadeValues, recordMade, requireOwnTable } from "./made-values.ts";
import { partitionCondition } from "./partition-condition.ts";
import type { RowColumn } from "./row-columns.ts";
import type { RowSource, RowsShape } from "./row-source.ts";
import { PLURALS } from "./column-kind.ts";
import { ColumnMismatch, InvalidTableValue, RowsOutsidePartition } from "./table-errors.ts";
import {
  type ExistingTable,
  type FilledColumn,
  type RowBatch,
  type SqlCondition,
  type TableStore,
  type TableTransaction,
  quoteName,
  quoteTable,
} from "./table-store.ts";
import type { TableTarget } from "./table-target.ts";

/** The table must change first, which needs a transaction with access `table`. */
export class TableMustChange extends Error {}

/** What of a database the rules for its tables go by. */
type Rules = Pick<TableStore, "columnTypes" | "wideIntegerType" | "foldName" | "maxNameBytes">;

/** What replaces the rows of a table. */
export interface NewRows {
  readonly shape: RowsShape;
  /** The columns that a new table gets, with their types. */
  readonly types: ExistingTable["columns"];
  /** What is known of the values of the columns, where it is. */
  readonly columns: readonly RowColumn[];
  /** Whether there are none, and none are to come. */
  readonly isEmpty: boolean;
  /** Inserts them; returns how many do not fulfil the condition. */
  insert(transaction: TableTransaction, table: Columns, inside: SqlCondition | null): Promise<number>;
  /** How many were inserted. */
  count(): number;
}

/**
 * Replaces the rows of a table, or those of one partition, within a transaction. What the table lacks is added: the table,
 * columns. A column is never dropped; its type changes only while it holds no value. Where there are no rows, and no table
 * whose columns are known, it is only noted that they were made.
 *
 * @param mayChange Whether the transaction has the table to itself.
 * @returns The table's columns.
 * @throws TableMustChange when the table needs a change that the transaction may not make; no rows were taken then.
 * @throws MadeValuesMissing likewise.
 */
export async function replaceRows(
  transaction: TableTransaction,
  rules: Rules,
  target: TableTarget,
  rows: NewRows,
  mayChange: boolean,
): Promise<readonly TableColumn[]> {
  const found = await transaction.findTable();
  const made = await findMadeValues(transaction, target, found, false);
  if (found) await requireOwnTable(transaction, target, made);
  const { columns } = rows;
  const missing = missingColumns(found, target, rows.types, rules);
  if (!found && missing.length === 0) {
    requireNoRows(rows, target);
    await recordMade(transaction, target, made, rows.shape);
    return [];
  }
  if (!mayChange && (!found || missing.length > 0)) throw new TableMustChange();
  if (found) {
    for (const column of missing) await transaction.query(addColumn(target, column));
  } else await createTable(transaction, target, missing);
  const table = { columns: [...(found?.columns ?? []), ...missing] };
  const misfits = columns.filter((column) => !fitsColumn(column, typeOf(rules, table, column.name)));
  if (misfits.length > 0 && !mayChange) throw new TableMustChange();
  // All changes of the table come before those of its rows: not every database takes them the other way round.
  for (const column of misfits) await retype(transaction, target, table, column, rules);
  const inside = await conditionOf(transaction, target);
  await transaction.query(...deleteOf(target, inside));
  const changed = misfits.length === 0 ? table : ((await transaction.findTable()) ?? table);
  const outside = rows.isEmpty ? 0 : await rows.insert(transaction, changed, inside);
  if (outside > 0) throw outsideError(target, rows.count(), outside);
  await recordMade(transaction, target, made, rows.shape);
  return describeColumns(rules, changed, target);
}

/** Rows that JavaScript has, see `openRows`. */
export function newRows(rules: Rules, target: TableTarget, source: RowSource): NewRows {
  const { shape, columns, isWhole, scan } = source;
  return {
    shape,
    columns,
    types: columns.map((column) => ({ name: column.name, type: newType(rules, column) })),
    // Rows without any column are none where there is no table.
    isEmpty: isWhole && scan.rowCount === 0,
    insert: (transaction, table, inside) => insertRows(transaction, rules, target, table, source, inside),
    count: () => scan.rowCount,
  };
}

function requireNoRows({ shape, isEmpty }: NewRows, { assetKey }: TableTarget): void {
  if (isEmpty || shape === "array") return;
  throw new InvalidTableValue(
    `Asset "${assetKey}" has no table yet, and its first rows have no columns: declare them in its metadata, as in { columns: metadata.tableSchema([{ name: "id", type: "bigint" }]) }`,
  );
}

async function insertRows(
  transaction: TableTransaction,
  rules: Rules,
  target: TableTarget,
  table: Columns,
  source: RowSource,
  inside: SqlCondition | null,
): Promise<number> {
  // Later rows of a stream may have what was declared and stood in none of the first ones.
  const expected = source.isWhole ? source.columns : withDeclared(rules, target, source.columns);
  const toFilled = ({ name, spellings, kind }: RowColumn): FilledColumn => {
    const column = findColumn(rules, table, name);
    return { name: column?.name ?? name, spellings, kind, type: column?.type ?? "" };
  };
  const filled = expected.map(toFilled);
  async function* batches(): AsyncGenerator<RowBatch> {
    let offset = 0;
    let columns = filled;
    for await (const rows of source.batches()) {
      if (!source.isWhole) columns = laterColumns(rules, target, table, source, expected).map(toFilled);
      yield { rows, offset, columns };
      offset += rows.length;
    }
  }
  return transaction.insertRows(filled, batches(), inside);
}

function withDeclared(
  rules: Rules,
  { declared }: TableTarget,
  columns: readonly RowColumn[],
): readonly RowColumn[] {
  const known = new Set(columns.map(({ name }) => rules.foldName(name)));
  const others = declared.filter(({ name }) => !known.has(rules.foldName(name)));
  return [
    ...columns,
    ...others.map(({ name }): RowColumn => ({
      name,
      spellings: [name],
      kind: "null",
      isInteger: true,
      isWide: false,
      isInfinite: false,
    })),
  ];
}

/** The columns of a stream, as far as it was read, in the order of its first ones. */
function laterColumns(
  rules: Rules,
  target: TableTarget,
  table: Columns,
  { scan }: RowSource,
  expected: readonly RowColumn[],
): readonly RowColumn[] {
  const seen = new Map(scan.columns().map((column) => [rules.foldName(column.name), column]));
  const columns = expected.map((column) => seen.get(rules.foldName(column.name)) ?? column);
  const added = [...seen.values()].find(
    ({ name }) => !expected.some((column) => rules.foldName(column.name) === rules.foldName(name)),
  );
  const declare = "declare it in the asset's metadata, with its type";
  if (added)
    throw new InvalidTableValue(
      `Asset "${target.assetKey}" brings the column "${added.name}" within its first ${scan.rowCount} rows, but not at their beginning, from which a stream's table gets its columns: ${declare}`,
    );
  for (const column of columns) {
    const type = typeOf(rules, table, column.name);
    if (!fitsColumn(column, type))
      throw new ColumnMismatch(
        `Asset "${target.assetKey}" brings ${PLURALS[column.kind]} for column "${column.name}" of table ${quoteTable(target.table)}, within its first ${scan.rowCount} rows; the column is of type ${type}: ${declare}`,
      );
  }
  return columns;
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

function missingColumns(
  found: ExistingTable | null,
  { declared, assetKey }: TableTarget,
  types: ExistingTable["columns"],
  rules: Rules,
): ExistingTable["columns"] {
  const wanted = new Map<string, ExistingTable["columns"][number]>();
  for (const { name, type } of declared) wanted.set(rules.foldName(name), { name, type });
  for (const { name, type } of types) {
    const folded = rules.foldName(name);
    if (!wanted.has(folded)) wanted.set(folded, { name, type });
  }
  for (const { name } of wanted.values()) {
    if (Buffer.byteLength(name) > rules.maxNameBytes)
      throw new InvalidTableValue(
        `Asset "${assetKey}": the name of column "${name}" is too long for the database (${rules.maxNameBytes} bytes)`,
      );
  }
  return [...wanted.values()].filter(({ name }) => !found || findColumn(rules, found, name) === undefined);
}

function newType({ columnTypes, wideIntegerType }: Rules, { kind, isWide }: RowColumn): string {
  return isWide ? wideIntegerType : columnTypes[kind];
}

async function createTable(
  transaction: TableTransaction,
  { table, assetKey }: TableTarget,
  columns: ExistingTable["columns"],
): Promise<void> {
  await createSchema(transaction, table.schema);
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
  rules: Rules,
): Promise<void> {
  const { table, assetKey, declared } = target;
  const known = findColumn(rules, columns, column.name);
  const name = quoteName(known?.name ?? column.name);
  const type = known?.type ?? "";
  const replaced = await conditionOf(transaction, target);
  const values =
    replaced === null
      ? []
      : await transaction.query(
          `select 1 from ${quoteTable(table)} where ${name} is not null and (${replaced.sql}) is not true limit 1`,
          replaced.values,
        );
  const folded = rules.foldName(column.name);
  const isDeclared = declared.some((known) => rules.foldName(known.name) === folded);
  if (values.length > 0 || isDeclared) {
    throw new ColumnMismatch(
      `Asset "${assetKey}" brings ${column.isWide ? "bigints of more than eight bytes" : PLURALS[column.kind]} for column ${name} of table ${quoteTable(table)}, which is of type ${type}: ${isDeclared ? "correct the type that its metadata declares" : "alter the column, or have the asset return what it holds"}`,
    );
  }
  const wanted = newType(rules, column);
  await transaction.query(
    `alter table ${quoteTable(table)} alter column ${name} type ${wanted} using cast(null as ${wanted})`,
  );
}

function findColumn(
  { foldName }: Rules,
  { columns }: Columns,
  name: string,
): Columns["columns"][number] | undefined {
  const folded = foldName(name);
  return columns.find((column) => foldName(column.name) === folded);
}

function typeOf(rules: Rules, table: Columns, name: string): string {
  return findColumn(rules, table, name)?.type ?? "";
}

function outsideError(target: TableTarget, rows: number, outside: number): RowsOutsidePartition {
  const expressions = (target.partition ?? []).map(({ expression }) => expression).join(", ");
  return new RowsOutsidePartition(
    `${outside} of ${rows} rows of asset "${target.assetKey}" do not belong to its partition ${target.partitionKey}, seen from ${expressions}: nothing is stored. Return rows of the partition only, or correct \`partition_expr\` in the asset's metadata`,
  );
}

function describeColumns(
  rules: Rules,
  { columns }: Columns,
  { declared }: TableTarget,
): readonly TableColumn[] {
  return columns.map((column) => ({
    ...declared.find((known) => rules.foldName(known.name) === rules.foldName(column.name)),
    ...column,
  }));
}
