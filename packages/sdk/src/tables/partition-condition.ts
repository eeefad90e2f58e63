import { getTimeZone } from "@millrace/model/time/time-zone";
import type { PartitionPart } from "../io/value-partition.ts";
import type { ExpressionKind, SqlCondition } from "./table-store.ts";
import type { PartitionExpression } from "./table-target.ts";

/**
 * The condition that the rows of a partition fulfil. Windows of time are half-open: of instants, or of wall times in the
 * partitions' time zone for columns without one. Any other column equals the partition's key.
 *
 * @param kinds How each expression compares.
 */
export function partitionCondition(
  expressions: readonly PartitionExpression[],
  kinds: readonly ExpressionKind[],
): SqlCondition {
  const values: string[] = [];
  const parameters = joinConditions(expressions, kinds, (value) => `$${values.push(value)}`);
  const literal = joinConditions(expressions, kinds, (value) => `'${value.replaceAll("'", "''")}'`);
  return { sql: parameters, values, literal };
}

function joinConditions(
  expressions: readonly PartitionExpression[],
  kinds: readonly ExpressionKind[],
  parameter: (value: string) => string,
): string {
  const conditions = expressions.map(({ expression, part }, index) => {
    const kind = kinds[index] ?? "other";
    const { window } = part;
    if (window !== null && (kind === "instant" || kind === "wall")) {
      const [type, format] =
        kind === "instant"
          ? (["timestamp with time zone", (at: Date) => at.toISOString()] as const)
          : (["timestamp", (at: Date) => wallTime(at, part)] as const);
      const [start, end] = [parameter(format(window.start)), parameter(format(window.end))];
      return `(${expression}) >= cast(${start} as ${type}) and (${expression}) < cast(${end} as ${type})`;
    }
    const key = parameter(part.key);
    return kind === "text" ? `(${expression}) = ${key}` : `cast((${expression}) as text) = ${key}`;
  });
  return conditions.join(" and ");
}

/** `2024-01-31 06:00:00.000` in the time zone of the partitions. */
function wallTime(at: Date, { timezone }: PartitionPart): string {
  const wall = at.getTime() + getTimeZone(timezone ?? "UTC").offsetAt(at.getTime());
  return new Date(wall).toISOString().slice(0, -1).replace("T", " ");
}
