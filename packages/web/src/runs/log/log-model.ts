import { LOG_LEVELS, type LogLevel } from "@millrace/model/run-event";

/** A stored event as the log shows it. */
export interface LogRow {
  readonly position: number;
  readonly attempt: number;
  readonly type: string;
  readonly timestamp: string;
  readonly stepKey: string | null;
  readonly level: string | null;
  readonly message: string;
  readonly event: unknown;
}

/** What the reader wants to see; what is left out does not matter. */
export interface LogFilter {
  readonly step?: string;
  /** This level and everything above it. */
  readonly level?: LogLevel;
  readonly type?: string;
  readonly text?: string;
}

/** How much an event matters: a log message says so itself, the others by what they tell. */
export function levelOf(row: Pick<LogRow, "type" | "level" | "event">): LogLevel {
  const said = LOG_LEVELS.find((level) => level === row.level);
  if (said) return said;
  if (row.type.endsWith("_FAILURE")) return "ERROR";
  if (row.type === "STEP_UP_FOR_RETRY" || row.type === "RUN_CANCELING" || row.type === "RUN_CANCELED")
    return "WARNING";
  if (row.type === "ASSET_CHECK_EVALUATION") {
    const check = row.event as { readonly passed?: unknown; readonly severity?: unknown } | null;
    if (check?.passed === false) return check.severity === "WARN" ? "WARNING" : "ERROR";
  }
  return "INFO";
}

/** The rows that pass, in order. Text is found in the message, the step and the type, in any case. */
export function filterRows(rows: readonly LogRow[], filter: LogFilter): readonly LogRow[] {
  const text = filter.text?.toLowerCase();
  const minimum = filter.level ? LOG_LEVELS.indexOf(filter.level) : 0;
  if (!filter.step && !filter.type && !text && minimum === 0) return rows;
  return rows.filter(
    (row) =>
      (!filter.step || row.stepKey === filter.step) &&
      (!filter.type || row.type === filter.type) &&
      (minimum === 0 || LOG_LEVELS.indexOf(levelOf(row)) >= minimum) &&
      (!text || `${row.message}\n${row.stepKey ?? ""}\n${row.type}`.toLowerCase().includes(text)),
  );
}

/** The types that occur, in the order of their first occurrence. */
export function listTypes(rows: readonly LogRow[]): string[] {
  return [...new Set(rows.map((row) => row.type))];
}

/** A type in words for the narrow column: `ASSET_MATERIALIZATION` is "asset materialization". */
export function describeType(type: string): string {
  return type.toLowerCase().replaceAll("_", " ");
}
