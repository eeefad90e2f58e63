/** What an agent last said about the processes it looks after. */
export interface AgentReport {
  readonly codeServers: readonly {
    readonly locationName: string;
    readonly revision: number | null;
    readonly state: string;
    readonly pid: number | null;
  }[];
  readonly runWorkers: readonly {
    readonly runId: string;
    readonly attempt: number | null;
    readonly pid: number | null;
  }[];
  readonly errors: readonly unknown[];
}

/** Reads an agent's report; an older or newer agent may say less or more. */
export function parseAgentReport(value: unknown): AgentReport {
  const report = recordOf(value);
  return {
    codeServers: recordsOf(report["codeServers"]).map((server) => ({
      locationName: textOf(server["locationName"]),
      revision: numberOf(server["revision"]),
      state: textOf(server["state"]),
      pid: numberOf(server["pid"]),
    })),
    runWorkers: recordsOf(report["runWorkers"]).map((worker) => ({
      runId: textOf(worker["runId"]),
      attempt: numberOf(worker["attempt"]),
      pid: numberOf(worker["pid"]),
    })),
    errors: Array.isArray(report["errors"]) ? report["errors"] : [],
  };
}

type AnyRecord = Readonly<Record<string, unknown>>;

function recordOf(value: unknown): AnyRecord {
  return typeof value === "object" && value !== null ? (value as AnyRecord) : {};
}

function recordsOf(value: unknown): AnyRecord[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "?";
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
