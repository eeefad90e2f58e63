import { InvalidTableValue, parseJsonText, type ColumnKind, type ExpressionKind } from "millrace/tables";
import { parseArray, type ReadValue } from "./postgres-arrays.ts";
import { parseTime } from "./postgres-times.ts";

/** The types of new columns. A column of which no value is known yet gets another type when its first one comes. */
export const columnTypes: Readonly<Record<ColumnKind, string>> = {
  text: "text",
  number: "double precision",
  bigint: "bigint",
  boolean: "boolean",
  instant: "timestamp with time zone",
  bytes: "bytea",
  json: "jsonb",
  null: "text",
};

/** Decimals without a fraction, of as many digits as there may be: they are read as bigints. */
export const wideIntegerType = "numeric(1000,0)";

/** Numbers of types that never change. */
const TYPE = {
  boolean: 16,
  bytes: 17,
  bigint: 20,
  smallint: 21,
  integer: 23,
  text: 25,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  char: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  instant: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const;
const INSTANTS: readonly number[] = [TYPE.instant];
const WALL_TIMES: readonly number[] = [TYPE.timestamp, TYPE.date];
const TEXTS: readonly number[] = [TYPE.text, TYPE.varchar, TYPE.char];

/** How an expression whose type has this number compares. */
export function kindOfType(type: number): ExpressionKind {
  if (INSTANTS.includes(type)) return "instant";
  if (WALL_TIMES.includes(type)) return "wall";
  return TEXTS.includes(type) ? "text" : "other";
}

/** A column as the database describes it. */
export interface StoredColumn {
  readonly name: string;
  /** The number of its type; of a domain, that of what it is made of. */
  readonly type: number;
  /** What the type's parentheses say; -1: nothing. */
  readonly modifier: number;
  /** The type of an array's items; null for any other. */
  readonly item: number | null;
}

/**
 * How values of a column become JavaScript's. Every digit is kept: bigints and decimals without a fraction are bigints,
 * decimals are numbers where a number holds all their digits, and texts otherwise. Times without a zone are taken as UTC,
 * infinite ones are infinite numbers. Any type that JavaScript has nothing for is a text, as the database writes it.
 *
 * @param table For messages.
 */
export function readerOf(table: string, { name, type, modifier, item }: StoredColumn): ReadValue {
  if (item !== null) {
    const readItem = readerOf(table, { name, type: item, modifier, item: null });
    return (text) => parseArray(text, readItem);
  }
  switch (type) {
    case TYPE.boolean:
      return (text) => text === "t";
    case TYPE.smallint:
    case TYPE.integer:
    case TYPE.oid:
    case TYPE.float4:
    case TYPE.float8:
      return Number;
    case TYPE.bigint:
      return BigInt;
    case TYPE.numeric:
      return decimalReader(modifier);
    case TYPE.bytes:
      return (text) => Buffer.from(text.slice(2), "hex");
    case TYPE.json:
    case TYPE.jsonb:
      return parseJsonText;
    case TYPE.date:
    case TYPE.timestamp:
    case TYPE.instant:
      return (text) => {
        const time = parseTime(text);
        if (time !== null) return time;
        throw new InvalidTableValue(
          `Column "${name}" of table ${table} holds ${text}, which no Date can be: select it as a text, in a query of your own`,
        );
      };
    default:
      return (text) => text;
  }
}

/** Digits that every number has. */
const SAFE_DIGITS = 15;

function decimalReader(modifier: number): ReadValue {
  // Without parentheses any decimal may come.
  if (modifier < 4) return (text) => text;
  const precision = ((modifier - 4) >> 16) & 0xff_ff;
  const scale = (modifier - 4) & 0x7_ff;
  if (precision <= SAFE_DIGITS) return Number;
  return scale === 0 ? (text) => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text)) : (text) => text;
}
