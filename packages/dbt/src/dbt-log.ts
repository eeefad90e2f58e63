import { z } from "zod";

const logLine = z.object({
  info: z.object({ name: z.string(), level: z.string(), msg: z.string() }),
  data: z.unknown(),
});

const finished = z.object({
  node_info: z.object({ unique_id: z.string(), resource_type: z.string() }),
  run_result: z.object({
    status: z.string(),
    message: z.string().nullish(),
    execution_time: z.number().default(0),
    num_failures: z.number().nullish(),
    adapter_response: z.record(z.string(), z.unknown()).default({}),
  }),
});

/** How one node of a run of dbt ended. */
export interface FinishedNode {
  readonly id: string;
  /** `success`, `error`, `skipped`, `partial success`, `no-op`; of a test `pass`, `warn`, `fail`, `error`, `skipped`. */
  readonly status: string;
  readonly message: string;
  readonly seconds: number;
  /** Rows that a test found wrong. */
  readonly failures: number | null;
  /** What the database's adapter says, such as `rows_affected`. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** What one line of dbt's structured log says. */
export interface DbtLogEntry {
  readonly level: "debug" | "info" | "warning" | "error";
  readonly message: string;
  /** Null unless the line says that a node has ended. */
  readonly finished: FinishedNode | null;
}

/** Reads a line of the log that dbt writes with `--log-format-file json`; null for a line of anything else. */
export function parseLogLine(line: string): DbtLogEntry | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = logLine.safeParse(json);
  if (!parsed.success) return null;
  const { info, data } = parsed.data;
  return {
    level: levelOf(info.level),
    message: info.msg,
    finished: info.name === "NodeFinished" ? toFinished(data) : null,
  };
}

function levelOf(level: string): DbtLogEntry["level"] {
  switch (level) {
    case "error":
    case "info":
      return level;
    case "warn":
      return "warning";
    default:
      return "debug";
  }
}

function toFinished(data: unknown): FinishedNode | null {
  const parsed = finished.safeParse(data);
  if (!parsed.success) return null;
  const { node_info: node, run_result: result } = parsed.data;
  return {
    id: node.unique_id,
    status: result.status,
    message: result.message ?? "",
    seconds: result.execution_time,
    failures: result.num_failures ?? null,
    response: result.adapter_response,
  };
}
