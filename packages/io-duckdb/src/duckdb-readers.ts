import {
  DuckDBTypeId,
  JSDuckDBValueConverter,
  type DuckDBArrayValue,
  type DuckDBBlobValue,
  type DuckDBDateValue,
  type DuckDBDecimalValue,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBStructValue,
  type DuckDBTimestampMillisecondsValue,
  type DuckDBTimestampNanosecondsValue,
  type DuckDBTimestampSecondsValue,
  type DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { parseJsonText, UnstorableValue } from "millrace/tables";

/** Makes JavaScript's value of a database's that is not null. */
export type ReadValue = (value: DuckDBValue) => unknown;

/** Digits that every number has. */
const SAFE_DIGITS = 15;
const DAY_MS = 86_400_000;

/**
 * How values of a type become JavaScript's. Every digit is kept: wide integers and decimals without a fraction are bigints,
 * decimals are numbers where a number holds all their digits, and texts otherwise. Times without a zone are taken as UTC,
 * infinite ones are infinite numbers. Any type that JavaScript has nothing for is a text, as the database writes it.
 *
 * @throws UnstorableValue for a time that no `Date` can be.
 */
export function readerOf(type: DuckDBType): ReadValue {
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
      return type.alias === "JSON" ? (value) => parseJsonText(value as string) : asIs;
    case DuckDBTypeId.DECIMAL:
      return decimalReader(type.width, type.scale);
    case DuckDBTypeId.BLOB:
      return (value) => Buffer.from((value as DuckDBBlobValue).bytes);
    case DuckDBTypeId.DATE:
      return timeReader<DuckDBDateValue>(
        ({ days }) => days * DAY_MS,
        ({ days }) => days > 0,
      );
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return timeReader<DuckDBTimestampValue>(
        ({ micros }) => floor(micros, 1_000n),
        ({ micros }) => micros > 0n,
      );
    case DuckDBTypeId.TIMESTAMP_S:
      return timeReader<DuckDBTimestampSecondsValue>(
        ({ seconds }) => Number(seconds) * 1_000,
        ({ seconds }) => seconds > 0n,
      );
    case DuckDBTypeId.TIMESTAMP_MS:
      return timeReader<DuckDBTimestampMillisecondsValue>(
        ({ millis }) => Number(millis),
        ({ millis }) => millis > 0n,
      );
    case DuckDBTypeId.TIMESTAMP_NS:
      return timeReader<DuckDBTimestampNanosecondsValue>(
        ({ nanos }) => floor(nanos, 1_000_000n),
        ({ nanos }) => nanos > 0n,
      );
    case DuckDBTypeId.TIME:
    case DuckDBTypeId.TIME_NS:
    case DuckDBTypeId.TIME_TZ:
    case DuckDBTypeId.INTERVAL:
    case DuckDBTypeId.BIT:
    case DuckDBTypeId.UUID:
      return String;
    case DuckDBTypeId.LIST: {
      const read = nullable(readerOf(type.valueType));
      return (value) => (value as DuckDBListValue).items.map(read);
    }
    case DuckDBTypeId.ARRAY: {
      const read = nullable(readerOf(type.valueType));
      return (value) => (value as DuckDBArrayValue).items.map(read);
    }
    case DuckDBTypeId.STRUCT: {
      const fields = type.entryNames.map((name, index) => {
        const entry = type.entryTypes[index];
        return [name, entry === undefined ? asIs : nullable(readerOf(entry))] as const;
      });
      return (value) => {
        const { entries } = value as DuckDBStructValue;
        return Object.fromEntries(fields.map(([name, read]) => [name, read(entries[name] ?? null)]));
      };
    }
    case DuckDBTypeId.MAP: {
      const [readKey, read] = [nullable(readerOf(type.keyType)), nullable(readerOf(type.valueType))];
      return (value) =>
        Object.fromEntries(
          (value as DuckDBMapValue).entries.map((entry) => [String(readKey(entry.key)), read(entry.value)]),
        );
    }
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.ENUM:
    case DuckDBTypeId.BIGNUM:
      return asIs;
    default:
      return (value) => JSDuckDBValueConverter(value, type, JSDuckDBValueConverter);
  }
}

const asIs: ReadValue = (value) => value;

function nullable(read: ReadValue): ReadValue {
  return (value) => (value === null ? null : read(value));
}

function decimalReader(width: number, scale: number): ReadValue {
  if (width <= SAFE_DIGITS) return (value) => Number(String(value));
  if (scale === 0) return (value) => (value as DuckDBDecimalValue).value;
  return String;
}

/** The whole part, also below zero. */
function floor(value: bigint, unit: bigint): number {
  const whole = value / unit;
  return Number(value < 0n && value % unit !== 0n ? whole - 1n : whole);
}

function timeReader<T extends { readonly isFinite: boolean }>(
  millisOf: (value: T) => number,
  isLate: (value: T) => boolean,
): ReadValue {
  return (value) => {
    const time = value as unknown as T;
    if (!time.isFinite) return isLate(time) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    const millis = millisOf(time);
    if (Math.abs(millis) > 8.64e15) throw new UnstorableValue(`${String(time)}, which no Date can be`);
    return new Date(millis);
  };
}
