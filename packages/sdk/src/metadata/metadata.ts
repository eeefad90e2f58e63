import { renderValue } from "@millrace/model/errors/render-value";
import { isInstant } from "@millrace/model/metadata-shape";
import type { AssetKey } from "@millrace/model/asset-key";
import type { ColumnSource, MetadataValue, TableCell, TableColumn } from "@millrace/model/metadata";

/**
 * Marks values made by `metadata.…`, so that a plain object with a field `type` of its own is not taken for one. A symbol
 * does not show in JSON.
 */
export const METADATA_VALUE: unique symbol = Symbol.for("millrace.metadata");

/** A metadata value of a chosen type, made by `metadata.…`. */
export type TypedMetadata = MetadataValue & { readonly [METADATA_VALUE]: true };

/**
 * What may be written as a metadata value. A text, a number, a boolean, null, a `Date` (timestamp), a `URL` and an asset
 * are shown as what they are; every other value as JSON.
 */
export type MetadataInput = TypedMetadata | string | number | bigint | boolean | null | Date | URL | object;

/** Named metadata values, as authors write them. */
export type MetadataRecord = Readonly<Record<string, MetadataInput>>;

/** A column of a table as it is written: the name is enough. */
export type ColumnInput = Partial<TableColumn> & Pick<TableColumn, "name">;

/**
 * Metadata values of chosen types, for what a plain value does not say.
 *
 * @example
 * context.addOutputMetadata({
 *   preview: metadata.table([{ origin: "SEA", flights: 1042 }]),
 *   notes: metadata.md("Delays over **15 minutes** only"),
 * });
 */
export const metadata = {
  text: (text: string) => typed({ type: "text", text }),
  url: (url: string | URL) => typed({ type: "url", url: String(url) }),
  /** A path in the environment where the code runs. */
  path: (path: string) => typed({ type: "path", path }),
  notebook: (path: string) => typed({ type: "notebook", path }),
  json: (json: unknown) => typed({ type: "json", json }),
  md: (md: string) => typed({ type: "md", md }),
  /** A drawing that shows on the asset's page. */
  svg: (svg: string) => typed({ type: "svg", svg }),
  float: (value: number) => typed({ type: "float", value }),
  int: (value: number) => typed({ type: "int", value }),
  bool: (value: boolean) => typed({ type: "bool", value }),
  /**
   * An instant; a number counts seconds since the epoch.
   *
   * @throws RangeError for what is no instant, such as nanoseconds of today.
   */
  timestamp: (at: Date | number) => typed({ type: "timestamp", timestamp: toInstant(at) }),
  run: (runId: string) => typed({ type: "dagster_run", runId }),
  job: (location: string, job: string) => typed({ type: "job", location, job }),
  asset: (asset: string | { readonly key: AssetKey }) =>
    typed({ type: "asset", assetKey: typeof asset === "string" ? asset : asset.key }),
  pool: (pool: string) => typed({ type: "pool", pool }),
  /**
   * Rows with their columns; without columns, those of the first row with the types of its cells. Dates become ISO texts, other
   * objects a short text.
   */
  table: (rows: readonly object[], columns?: readonly (string | ColumnInput)[]) =>
    typed({
      type: "table",
      records: rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, toCell(cell)])),
      ),
      columns: (columns ?? inferColumns(rows)).map(toColumn),
    }),
  tableSchema: (columns: readonly (string | ColumnInput)[]) =>
    typed({ type: "table_schema", columns: columns.map(toColumn) }),
  /** For each column, the columns of upstream assets that its values come from. */
  columnLineage: (columns: Readonly<Record<string, readonly ColumnSource[]>>) =>
    typed({ type: "column_lineage", columns }),
  codeReferences: (
    references: readonly { readonly file: string; readonly line?: number; readonly label?: string }[],
  ) => typed({ type: "code_references", references }),
} as const;

function typed(value: MetadataValue): TypedMetadata {
  return Object.freeze({ ...value, [METADATA_VALUE]: true as const });
}

function toColumn(column: string | ColumnInput): TableColumn {
  return typeof column === "string" ? { name: column, type: "string" } : { type: "string", ...column };
}

function inferColumns(rows: readonly object[]): TableColumn[] {
  return Object.entries(rows[0] ?? {}).map(([name, cell]) => ({
    name,
    type: cell instanceof Date ? "timestamp" : typeof cell,
  }));
}

function toCell(cell: unknown): TableCell {
  if (cell === undefined || cell === null) return null;
  if (typeof cell === "string" || typeof cell === "boolean") return cell;
  if (typeof cell === "number" && Number.isFinite(cell)) return cell;
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? String(cell) : cell.toISOString();
  return typeof cell === "object" ? renderValue(cell) : String(cell);
}

function toInstant(at: Date | number): number {
  const seconds = typeof at === "number" ? at : at.getTime() / 1000;
  if (isInstant(seconds)) return seconds;
  throw new RangeError(
    `${String(at)} is no instant in seconds since the epoch: was it counted in microseconds or less?`,
  );
}
