/** What an agent last said about the processes it looks after. */
export interface AgentReport {
  readonly codeServers: readonly {
    readonly locationName: string;
    readonly revision: number | null;
    readonly state: string;
    readonly place: string | null;
  }[];
  readonly runWorkers: readonly {
    readonly runId: string;
    readonly attempt: number | null;
    readonly place: string | null;
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
      place: placeOf(server),
    })),
    runWorkers: recordsOf(report["runWorkers"]).map((worker) => ({
      runId: textOf(worker["runId"]),
      attempt: numberOf(worker["attempt"]),
      place: placeOf(worker),
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

function placeOf({ place }: AnyRecord): string | null {
  return typeof place === "string" ? place : null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "?";
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
