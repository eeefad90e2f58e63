import { finished, pipeline } from "node:stream/promises";
import {
  quoteName,
  quoteTable,
  type ExistingTable,
  type ExpressionKind,
  type TableName,
  type TableRow,
  type TableStore,
  type TableTransaction,
  type TransactionOptions,
} from "millrace/tables";
import type { Client, ClientBase } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { cancelWhenAborted, cutConnection } from "./cancel-request.ts";
import { readRows, writeRows } from "./copy-rows.ts";
import type { PostgresDatabase } from "./postgres-database.ts";
import { explainRefusal } from "./postgres-errors.ts";
import { columnTypes, kindOfType, readerOf, wideIntegerType, type StoredColumn } from "./postgres-values.ts";

/** How values are written and read as texts, whatever the server's own settings are. */
const SETTINGS =
  "set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1; set local standard_conforming_strings = on";

/** The tables of a database as the IO manager needs them. */
export function postgresTables(database: PostgresDatabase): TableStore {
  const { schema, place } = database;
  return {
    schema,
    columnTypes,
    wideIntegerType,
    maxNameBytes: 63,
    parquet: null,
    foldName: (name) => name,
    transaction: (options, work) => transact(database, options, work),
    async *readRows(options, which, isLong) {
      options.signal.throwIfAborted();
      const { client, release } = await acquire(database, isLong);
      using _ = cancelWhenAborted(client, options.signal);
      let isOver = false;
      try {
        await client.query(`begin isolation level repeatable read read only; ${SETTINGS}`);
        const condition = await which(createTransaction(client, options));
        yield* selectRows(client, options, condition?.literal ?? null);
        await client.query("commit");
        isOver = true;
      } catch (error) {
        throw options.signal.aborted ? options.signal.reason : explainRefusal(error, place, options);
      } finally {
        await release(isOver);
      }
    },
  };
}

/**
 * A connection for rows that are read. One of its own where code works with them meanwhile: it may store them again, and a
 * pool whose connections all read would wait for itself.
 */
async function acquire(
  { pool, connect }: PostgresDatabase,
  isLong: boolean,
): Promise<{ readonly client: Client; readonly release: (isReusable: boolean) => Promise<void> }> {
  if (isLong) {
    const client = await connect();
    return {
      client,
      release: async (isReusable) => {
        if (isReusable) await client.end();
        else cutConnection(client);
      },
    };
  }
  const client = await pool.connect();
  return {
    client: client,
    release: async (isReusable) => {
      if (!isReusable) cutConnection(client);
      client.release(!isReusable);
    },
  };
}

async function transact<T>(
  { pool, place }: PostgresDatabase,
  options: TransactionOptions,
  work: (transaction: TableTransaction) => Promise<T>,
): Promise<T> {
  const { signal, access } = options;
  signal.throwIfAborted();
  const client = await pool.connect();
  let broken: unknown;
  try {
    using _ = cancelWhenAborted(client, signal);
    signal.throwIfAborted();
    // A reader sees one state of the table and of what its columns are.
    const isRead = access === "read";
    await client.query(`begin${isRead ? " isolation level repeatable read read only" : ""}; ${SETTINGS}`);
    if (!isRead) await lock(client, options);
    const result = await work(createTransaction(client, options));
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: unknown) => (broken = failure));
    throw signal.aborted ? signal.reason : explainRefusal(error, place, options);
  } finally {
    // A request to cancel that comes late must not hit somebody else's statement.
    client.release(broken !== undefined || signal.aborted);
  }
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

function createTransaction(
  client: ClientBase,
  { what, table, signal }: TransactionOptions,
): TableTransaction {
  const name = quoteTable(table);
  const query = async (sql: string, values: readonly string[] = []): Promise<readonly TableRow[]> => {
    signal.throwIfAborted();
    const { rows } = await client.query<TableRow>(sql, [...values]);
    return rows;
  };
  return {
    query,
    findTable: (other: TableName = table) => findTable(query, quoteTable(other)),
    async kindsOf(expressions: readonly string[]): Promise<readonly ExpressionKind[]> {
      const list = expressions.map((expression) => `(${expression})`).join(", ");
      const { fields } = await client.query(`select ${list} from ${name} limit 0`);
      return fields.map((field) => kindOfType(field.dataTypeID));
    },
    async insertRows(columns, batches, inside): Promise<number> {
      let inserted = 0;
      if (columns.length === 0) {
        for await (const { rows } of batches) {
          await query(`insert into ${name} select from generate_series(1, ${rows.length})`);
          inserted += rows.length;
        }
      } else {
        const names = columns.map((column) => quoteName(column.name)).join(", ");
        const copying = client.query(copyFrom(`copy ${name} (${names}) from stdin`));
        await pipeline(writeRows(what, batches), copying);
        inserted = copying.rowCount;
      }
      if (inside === null) return 0;
      // The transaction has just removed the partition's rows, and only others of Millrace's bring some, which wait.
      const [counted] = await query(
        `select count(*)::int as inside from ${name} where ${inside.sql}`,
        inside.values,
      );
      return inserted - Number(counted?.["inside"] ?? 0);
    },
  };
}

async function* selectRows(
  client: ClientBase,
  { table }: TransactionOptions,
  condition: string | null,
): AsyncGenerator<readonly TableRow[], void, void> {
  const name = quoteTable(table);
  const columns = await listColumns(client, name);
  const names = columns.map((column) => quoteName(column.name)).join(", ");
  const where = condition === null ? "" : ` where ${condition}`;
  const pieces = client.query(copyTo(`copy (select ${names} from ${name}${where}) to stdout`));
  const readers = columns.map((column) => ({ name: column.name, read: readerOf(name, column) }));
  yield* readRows(pieces, readers);
  await finished(pieces);
}

/** The columns of a table or view, with domains as what they are made of. */
async function listColumns(client: ClientBase, name: string): Promise<StoredColumn[]> {
  const { rows } = await client.query<StoredColumn>(
    `with recursive typed as (
        select attnum, attname, atttypid as type, atttypmod as modifier from pg_catalog.pg_attribute
        where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
      union all
        select d.attnum, d.attname, t.typbasetype, t.typtypmod
        from typed d join pg_catalog.pg_type t on t.oid = d.type where t.typtype = 'd'
      )
      select d.attname as name, d.type::bigint::float8 as type, d.modifier,
        case when t.typcategory = 'A' then t.typelem::bigint::float8 end as item
      from typed d join pg_catalog.pg_type t on t.oid = d.type where t.typtype <> 'd' order by d.attnum`,
    [name],
  );
  return rows;
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
