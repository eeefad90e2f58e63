import { InvalidTableValue, quoteTable, type TransactionOptions } from "millrace/tables";
import { DatabaseError } from "pg";

/** There is no connection to a database. */
export class PostgresUnreachable extends Error {
  readonly code = "postgres_unreachable";

  constructor(place: string, cause: unknown) {
    // What connecting to several addresses throws has no message of its own.
    const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    const why = first instanceof Error ? first.message : String(first);
    super(`The database ${place} can not be reached: ${why}`, { cause });
    this.name = "PostgresUnreachable";
  }
}

/** A database refused what an asset's rows need; the message says where. */
export class PostgresRefused extends Error {
  readonly code = "postgres_refused";
}

/** PostgreSQL's own words say neither whose rows nor what table it was; and the column and row only apart from them. */
export function explainRefusal(error: unknown, place: string, { what, table }: TransactionOptions): unknown {
  if (!(error instanceof DatabaseError)) return error;
  // COPY orders, line 5, column total: "much"
  const copied = /^COPY .*?, line (\d+)(?:, column (.+?))?(?::|$)/.exec(error.where ?? "");
  const column = copied?.[2] ?? error.column;
  const parts = [
    ...(column === undefined ? [] : [`column "${column}"`]),
    ...(copied === null ? [] : [`row ${Number(copied[1]) - 1}`]),
  ];
  const where = `table ${quoteTable(table)}${parts.length === 0 ? "" : `, ${parts.join(", ")}`}`;
  const more = [error.detail, error.hint]
    .flatMap((text) => (text === undefined ? [] : [` ${text}`]))
    .join(".");
  const message = `The database ${place} refused ${what} (${where}): ${error.message}${more === "" ? "" : `.${more}`}`;
  // Data that the column can not hold.
  if (error.code?.startsWith("22") === true) return new InvalidTableValue(message, { cause: error });
  return new PostgresRefused(message, { cause: error });
}
