import { InvalidTableValue } from "./table-errors.ts";
import type { TableRow } from "./table-row.ts";
import { type ColumnKind, PLURALS } from "./column-kind.ts";

/** A column as rows have it. */
export interface RowColumn {
  readonly name: string;
  /** How rows spell it, where the database takes several names for one. */
  readonly spellings: readonly string[];
  readonly kind: ColumnKind;
  /** Whether all its numbers are integers. */
  readonly isInteger: boolean;
  /** Whether it has a bigint of more than eight bytes. */
  readonly isWide: boolean;
  /** Whether all its numbers are infinite, which times may be too. */
  readonly isInfinite: boolean;
}

/** What looks at rows, batch after batch, for the columns that they have. */
export interface ColumnScan {
  /** How many rows it has seen. */
  readonly rowCount: number;
  /**
   * Looks at more rows.
   *
   * @throws InvalidTableValue when a column has values of several kinds, or one that no column can hold.
   */
  add(rows: readonly TableRow[]): void;
  /** In the order in which they first appear. */
  columns(): RowColumn[];
}

interface SeenColumn {
  readonly name: string;
  readonly spellings: string[];
  readonly isJson: boolean;
  kind: ColumnKind;
  /** The row that showed the kind. */
  row: number;
  isInteger: boolean;
  isWide: boolean;
  isInfinite: boolean;
}

/**
 * Begins to look for the columns of rows.
 *
 * @param json Names of columns, folded, whose values are JSON, whatever they look like.
 * @param foldName Makes names equal that the database takes for one.
 */
export function scanColumns(
  what: string,
  json: ReadonlySet<string>,
  foldName: (name: string) => string,
): ColumnScan {
  const bySpelling = new Map<string, SeenColumn>();
  const columns = new Map<string, SeenColumn>();
  let rowCount = 0;

  const see = (name: string, rows: TableRow): SeenColumn => {
    const folded = foldName(name);
    const known = columns.get(folded);
    if (name === "") throw new InvalidTableValue(`${what}: a column has no name, as in row ${rowCount}`);
    const column = known ?? {
      name,
      spellings: [],
      isJson: json.has(folded),
      kind: "null",
      row: 0,
      isInteger: true,
      isWide: false,
      isInfinite: true,
    };
    const other = column.spellings.find((spelling) => Object.hasOwn(rows, spelling));
    if (other !== undefined)
      throw new InvalidTableValue(
        `${what}: the database takes the columns "${other}" and "${name}" of row ${rowCount} for one`,
      );
    column.spellings.push(name);
    columns.set(folded, column);
    bySpelling.set(name, column);
    return column;
  };

  const note = (column: SeenColumn, name: string, value: unknown): void => {
    const kind = kindOf(value, column.isJson);
    if (kind === column.kind) {
      if (kind === "number" || kind === "bigint") noteNumber(column, value as number | bigint);
      return;
    }
    if (kind === "null") return;
    if (kind === null)
      throw new InvalidTableValue(
        `${what}: no column can hold ${nameOf(value)}, as in "${name}" of row ${rowCount}`,
      );
    // Times may be infinite, for which JavaScript has numbers only.
    if (kind === "number" && column.kind === "instant" && isInfinity(value)) return;
    const isTime = kind === "instant" && column.kind === "number" && column.isInfinite;
    if (column.kind !== "null" && !isTime) {
      throw new InvalidTableValue(
        `${what}: column "${name}" has ${PLURALS[column.kind]} (row ${column.row}) and ${PLURALS[kind]} (row ${rowCount})`,
      );
    }
    column.kind = kind;
    column.row = rowCount;
    if (kind === "number" || kind === "bigint") noteNumber(column, value as number | bigint);
  };

  return {
    get rowCount() {
      return rowCount;
    },
    add(rows) {
      for (const row of rows) {
        for (const name of Object.keys(row)) note(bySpelling.get(name) ?? see(name, row), name, row[name]);
        if (columns.size < bySpelling.size) refuseTwoSpellings(what, columns.values(), row, rowCount);
        rowCount++;
      }
    },
    columns: () =>
      [...columns.values()].map(({ name, spellings, kind, isInteger, isWide, isInfinite }) => ({
        name,
        spellings: [...spellings],
        kind,
        isInteger: kind !== "number" || isInteger,
        isWide,
        isInfinite: kind === "number" && isInfinite,
      })),
  };
}

function refuseTwoSpellings(what: string, columns: Iterable<SeenColumn>, row: TableRow, index: number): void {
  for (const { spellings } of columns) {
    const [one, other] = spellings.length < 2 ? [] : spellings.filter((name) => Object.hasOwn(row, name));
    if (other !== undefined)
      throw new InvalidTableValue(
        `${what}: the database takes the columns "${one}" and "${other}" of row ${index} for one`,
      );
  }
}

const MIN_EIGHT_BYTES = -(2n ** 63n);
const MAX_EIGHT_BYTES = 2n ** 63n - 1n;

function noteNumber(column: SeenColumn, value: number | bigint): void {
  if (typeof value === "bigint") {
    if (value < MIN_EIGHT_BYTES || value > MAX_EIGHT_BYTES) column.isWide = true;
    return;
  }
  if (column.isInteger && !Number.isInteger(value)) column.isInteger = false;
  if (column.isInfinite && !isInfinity(value)) column.isInfinite = false;
}

function isInfinity(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

/** A row's value for a column; null where it has none. */
export function cellOf(row: TableRow, { spellings }: Pick<RowColumn, "spellings">): unknown {
  for (const name of spellings) {
    // Every object has a `constructor` and the like, which are no values.
    const value = name in Object.prototype && !Object.hasOwn(row, name) ? undefined : row[name];
    if (value !== undefined) return value;
  }
  return null;
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

/** What a value is, for messages. */
export function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : "a Date";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return "an array";
  const name = (value.constructor as { readonly name?: string } | undefined)?.name;
  return name === undefined || name === "" || name === "Object" ? "an object" : `a ${name}`;
}
