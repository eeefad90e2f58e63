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
  if (
    row.type === "STEP_UP_FOR_RETRY" ||
    row.type === "RUN_WORKER_UNREACHABLE" ||
    row.type === "RUN_CANCELING" ||
    row.type === "RUN_CANCELED"
  )
    return "WARNING";
  if (row.type === "ASSET_CHECK_EVALUATION") {
    const check = row.event as { readonly passed?: unknown; readonly severity?: unknown } | null;
    if (check?.passed === false) return check.severity === "WARN" ? "WARNING" : "ERROR";
  }
  return "INFO";
}

/**
 * A row as it is shown. A worker that was asked to stop says that its run was canceled; where it was asked because the run fails,
 * the row says why instead.
 *
 * @param before the rows before it
 */
export function tellWhyStopped<T extends Pick<LogRow, "type" | "level" | "message" | "event">>(
  row: T,
  before: readonly T[],
): T {
  if (row.type !== "RUN_CANCELED") return row;
  const request = before.findLast(({ type }) => type === "RUN_CANCELING");
  if (!request || !hasReason(request.event)) return row;
  return { ...row, level: "ERROR", message: `The run failed: ${request.message}` };
}

/** Whether a `RUN_CANCELING` event says for what the run is going to fail. */
function hasReason(event: unknown): boolean {
  return typeof event === "object" && event !== null && "reason" in event;
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
