import { InvalidTableValue } from "./table-errors.ts";
import type { TableRow } from "./table-row.ts";
import { type ColumnKind, PLURALS } from "./column-kind.ts";

/** A column as rows have it. */
export interface RowColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Whether all its numbers are integers. */
  readonly isInteger: boolean;
}

/**
 * Checks that a value is rows, an array of plain objects.
 *
 * @throws InvalidTableValue that says what it is instead.
 */
export function toRows(what: string, value: unknown): readonly TableRow[] {
  if (!Array.isArray(value))
    throw new InvalidTableValue(`${what} must be rows, an array of plain objects, not ${nameOf(value)}`);
  const rows: readonly unknown[] = value;
  const wrong = rows.findIndex((row) => typeof row !== "object" || row === null || Array.isArray(row));
  if (wrong >= 0) throw new InvalidTableValue(`${what} must be rows: row ${wrong} is ${nameOf(rows[wrong])}`);
  return rows as readonly TableRow[];
}

/**
 * The columns of rows, in the order in which they first appear.
 *
 * @param json Names of columns whose values are JSON, whatever they look like.
 * @throws InvalidTableValue when a column has values of several kinds, or one that no column can hold.
 */
export function listColumns(
  what: string,
  rows: readonly TableRow[],
  json: ReadonlySet<string> = new Set(),
): RowColumn[] {
  const columns = new Map<string, { kind: ColumnKind; isInteger: boolean; row: number }>();
  for (const [row, values] of rows.entries()) {
    for (const [name, value] of Object.entries(values)) {
      const kind = kindOf(value, json.has(name));
      if (kind === null)
        throw new InvalidTableValue(
          `${what}: no column can hold ${nameOf(value)}, as in "${name}" of row ${row}`,
        );
      const isInteger = kind !== "number" || Number.isInteger(value);
      const known = columns.get(name);
      if (!known || known.kind === "null") {
        columns.set(name, { kind, isInteger, row });
      } else if (kind !== "null" && kind !== known.kind) {
        throw new InvalidTableValue(
          `${what}: column "${name}" has ${PLURALS[known.kind]} (row ${known.row}) and ${PLURALS[kind]} (row ${row})`,
        );
      } else if (!isInteger) known.isInteger = false;
    }
  }
  return [...columns].map(([name, { kind, isInteger }]) => ({ name, kind, isInteger }));
}

function kindOf(value: unknown, isJson: boolean): ColumnKind | null {
  if (value === null || value === undefined) return "null";
  if (isJson) return "json";
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return "number";
    case "bigint":
      return "bigint";
    case "boolean":
      return "boolean";
    case "object":
      break;
    default:
      return null;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : "instant";
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "json";
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? "json" : null;
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Date) return "an invalid date";
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value) ? "an array" : `a ${value.constructor.name}`;
}
