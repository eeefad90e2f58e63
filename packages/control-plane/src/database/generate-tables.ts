import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { connect, type Db } from "./connect.ts";
import { startEmbeddedPostgres } from "./embedded/embedded-postgres.ts";
import { migrate } from "./migrate.ts";

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly optional: boolean;
  readonly generated: boolean;
}

/** What each SQL type is read as, and written as. JSON is written as text, so that an array is never taken for an SQL array. */
const TYPES: Readonly<Record<string, { readonly read: string; readonly write: string }>> = {
  bool: { read: "boolean", write: "boolean" },
  bytea: { read: "Buffer", write: "Buffer" },
  float8: { read: "number", write: "number" },
  int4: { read: "number", write: "number" },
  int8: { read: "number", write: "number" },
  jsonb: { read: "unknown", write: "string" },
  text: { read: "string", write: "string" },
  _text: { read: "string[]", write: "string[]" },
  _uuid: { read: "string[]", write: "string[]" },
  timestamptz: { read: "Date", write: "Date | string" },
  uuid: { read: "string", write: "string" },
};

/** Writes kysely's table types from a freshly migrated database. */
export async function generateTables(outputFile: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "millrace-gen-"));
  chmodSync(home, 0o755); // so that root's server user may enter it
  const server = await startEmbeddedPostgres({ home, logger: pino({ level: "error" }), durable: false });
  const db = connect(server.url);
  try {
    await migrate(db);
    writeFileSync(outputFile, formatTables(await listColumns(db)));
  } finally {
    await db.destroy();
    await server.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function listColumns(db: Db): Promise<Column[]> {
  const result = await sql<Column>`
    select c.table_name as table, c.column_name as column, c.udt_name as type, c.is_nullable = 'YES' as nullable,
      c.is_nullable = 'YES' or c.column_default is not null as optional, c.is_identity = 'YES' or c.is_generated = 'ALWAYS' as generated
    from information_schema.columns c join pg_class p on p.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
    where c.table_schema = 'public' and not p.relispartition order by c.table_name, c.ordinal_position`.execute(
    db,
  );
  return result.rows;
}

function formatTables(columns: readonly Column[]): string {
  const tables = [...Map.groupBy(columns, ({ table }) => table)];
  return `/** Made from the migrations by \`npm run gen\`; do not edit. JSON is written as text; instants are read to the millisecond. */
import type { ColumnType } from "kysely";

${tables.map(([table, own]) => `export interface ${typeName(table)} {\n${own.map(formatColumn).join("")}}\n`).join("\n")}
export interface Database {
${tables.map(([table]) => `  ${table}: ${typeName(table)};\n`).join("")}}
`;
}

function formatColumn({ column, type, nullable, optional, generated }: Column): string {
  const base = TYPES[type];
  if (base === undefined)
    throw new Error(`Column ${column} has type ${type}: say in TYPES how it is read and written`);
  const orNull = nullable ? " | null" : "";
  const read = base.read === "unknown" ? "unknown" : `${base.read}${orNull}`;
  if (generated) return `  ${column}: ColumnType<${read}, never, never>;\n`;
  const write = `${base.write}${orNull}`;
  return `  ${column}: ColumnType<${read}, ${write}${optional ? " | undefined" : ""}, ${write}>;\n`;
}

function typeName(table: string): string {
  return `${table.replaceAll(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase())}Table`;
}
