import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { connect, type Db } from "@millrace/control-plane/database/connect";
import { startEmbeddedPostgres } from "@millrace/control-plane/database/embedded/embedded-postgres";
import { migrate } from "@millrace/control-plane/database/migrate";

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly optional: boolean;
  readonly generated: boolean;
}

/** Reads and writes of each SQL type; JSON is written as text, so that an array is never taken for an SQL array. */
const TYPES: Readonly<Record<string, string>> = {
  bool: "boolean",
  bytea: "Buffer",
  int4: "number",
  int8: "number",
  jsonb: "Json",
  text: "string",
  _text: "string[]",
  timestamptz: "Timestamp",
  uuid: "string",
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
      c.is_nullable = 'YES' or c.column_default is not null as optional, c.is_identity = 'YES' as generated
    from information_schema.columns c join pg_class p on p.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
    where c.table_schema = 'public' and not p.relispartition order by c.table_name, c.ordinal_position`.execute(
    db,
  );
  return result.rows;
}

function formatTables(columns: readonly Column[]): string {
  const tables = [...Map.groupBy(columns, ({ table }) => table)];
  return `/** Made from the migrations by \`npm run gen\`; do not edit. */
import type { ColumnType, Generated, GeneratedAlways } from "kysely";

/** Written as JSON text, read as any JSON value. */
export type Json = ColumnType<unknown, string, string>;
/** Read to the millisecond. */
export type Timestamp = ColumnType<Date, Date | string, Date | string>;

${tables.map(([table, own]) => `export interface ${typeName(table)} {\n${own.map(formatColumn).join("")}}\n`).join("\n")}
export interface Database {
${tables.map(([table]) => `  ${table}: ${typeName(table)};\n`).join("")}}
`;
}

function formatColumn({ column, type, nullable, optional, generated }: Column): string {
  const base = TYPES[type];
  if (base === undefined) throw new Error(`Column ${column} has type ${type}: say in TYPES how it is read`);
  if (generated) return `  ${column}: GeneratedAlways<${base}>;\n`;
  if (base === "Json" || base === "Timestamp")
    return `  ${column}: ${specialColumn(base, nullable, optional)};\n`;
  const value = nullable ? `${base} | null` : base;
  return `  ${column}: ${optional && !nullable ? `Generated<${value}>` : value};\n`;
}

function specialColumn(base: "Json" | "Timestamp", nullable: boolean, optional: boolean): string {
  if (nullable)
    return base === "Json"
      ? "ColumnType<unknown, string | null | undefined, string | null>"
      : `${base} | null`;
  return optional ? `Generated<${base}>` : base;
}

function typeName(table: string): string {
  return `${table.replaceAll(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase())}Table`;
}
