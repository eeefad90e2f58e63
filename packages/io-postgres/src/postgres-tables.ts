import {
  quoteName,
  quoteTable,
  type ExistingTable,
  type ExpressionKind,
  type FilledColumn,
  type SqlCondition,
  type TableRow,
  type TableStore,
  type TableTransaction,
  type TransactionOptions,
} from "millrace/tables";
import type { ClientBase } from "pg";
import type { PostgresDatabase } from "./postgres-database.ts";
import { columnTypes, kindOfType, readTypes, toJsonValue } from "./postgres-values.ts";

/** Rows that one statement inserts. */
const BATCH = 2_000;

/** The tables of a database as the IO manager needs them. */
export function postgresTables({ pool, schema }: PostgresDatabase): TableStore {
  return {
    schema,
    columnTypes,
    maxNameBytes: 63,
    async transaction(options, work) {
      options.signal.throwIfAborted();
      const client = await pool.connect();
      let broken: unknown;
      try {
        // A reader sees one state of the table and of what its columns are.
        const isRead = options.access === "read";
        await client.query(isRead ? "begin isolation level repeatable read read only" : "begin");
        if (!isRead) await lock(client, options);
        const result = await work(createTransaction(client, options));
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch((failure: unknown) => (broken = failure));
        throw error;
      } finally {
        client.release(broken !== undefined);
      }
    },
  };
}

/**
 * Two runs that store the same rows at once do so one after the other; different partitions do not wait for each other,
 * unless the table changes. The locks are Millrace's own and end with the transaction: they stop nobody else.
 */
async function lock(client: ClientBase, { table, partitionKey, access }: TransactionOptions): Promise<void> {
  const name = quoteTable(table);
  const take = access === "table" ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared";
  await client.query(`select ${take}(hashtextextended($1, 0))`, [`millrace ${name}`]);
  if (access === "table") return;
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `millrace ${name} ${partitionKey ?? ""}`,
  ]);
}

function createTransaction(client: ClientBase, { table, signal }: TransactionOptions): TableTransaction {
  const name = quoteTable(table);
  const query = async (sql: string, values: readonly string[] = []): Promise<readonly TableRow[]> => {
    signal.throwIfAborted();
    const { rows } = await client.query<TableRow>({ text: sql, values: [...values], types: readTypes });
    return rows;
  };
  return {
    query,
    findTable: () => findTable(query, name),
    async kindsOf(expressions: readonly string[]): Promise<readonly ExpressionKind[]> {
      const list = expressions.map((expression) => `(${expression})`).join(", ");
      const { fields } = await client.query(`select ${list} from ${name} limit 0`);
      return fields.map((field) => kindOfType(field.dataTypeID));
    },
    async insertRows(columns, rows, inside): Promise<number> {
      const sql = insertStatement(name, columns, inside);
      let outside = 0;
      for (let from = 0; from < rows.length; from += BATCH) {
        const json = JSON.stringify(
          rows
            .slice(from, from + BATCH)
            .map((row) =>
              Object.fromEntries(columns.map((column) => [column.name, toJsonValue(row, column)])),
            ),
        );
        const [result] = await query(sql, [...(inside?.values ?? []), json]);
        outside += Number(result?.["outside"] ?? 0);
      }
      return outside;
    },
    async selectRows(condition: SqlCondition | null): Promise<TableRow[]> {
      const where = condition === null ? "" : ` where ${condition.sql}`;
      return [...(await query(`select * from ${name}${where}`, condition?.values))];
    },
  };
}

async function findTable(
  query: (sql: string, values: readonly string[]) => Promise<readonly TableRow[]>,
  name: string,
): Promise<ExistingTable | null> {
  const rows = await query(
    `select obj_description(c.oid, 'pg_class') as comment, a.attname as name,
        format_type(a.atttypid, a.atttypmod) as type
      from pg_catalog.pg_class c
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.oid = to_regclass($1) order by a.attnum`,
    [name],
  );
  const [first] = rows;
  if (!first) return null;
  return {
    comment: first["comment"] as string | null,
    columns: rows.flatMap((row) =>
      row["name"] === null ? [] : [{ name: String(row["name"]), type: String(row["type"]) }],
    ),
  };
}

/** The database itself reads the values out of JSON, as text for every type: nothing is rounded on the way. */
function insertStatement(
  name: string,
  columns: readonly FilledColumn[],
  inside: SqlCondition | null,
): string {
  const names = columns.map((column) => quoteName(column.name)).join(", ");
  const json = `$${(inside?.values.length ?? 0) + 1}::json`;
  const insert = `insert into ${name} (${names}) select ${names} from json_populate_recordset(null::${name}, ${json})`;
  if (inside === null) return insert;
  return `with stored as (${insert} returning *)
    select count(*) filter (where (${inside.sql}) is not true)::int as outside from stored`;
}
