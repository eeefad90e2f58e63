import type { ErrorInfo } from "@millrace/model/run-event";
import { readErrorInfo } from "../ui/error-info.ts";

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
  readonly errors: readonly {
    /** The code location that does not load; null: the agent did not say. */
    readonly location: string | null;
    readonly error: ErrorInfo;
  }[];
}

/** Reads an agent's report; an older or newer agent may say less or more. */
export function parseAgentReport(value: unknown): AgentReport {
  const report = recordOf(value);
  return {
    codeServers: recordsOf(report["codeServers"]).map((server) => ({
      locationName: textOf(server["locationName"]),
      revision: numberOf(server["revision"]),
      state: textOf(server["state"]),
      place: nullableText(server["place"]),
    })),
    runWorkers: recordsOf(report["runWorkers"]).map((worker) => ({
      runId: textOf(worker["runId"]),
      attempt: numberOf(worker["attempt"]),
      place: nullableText(worker["place"]),
    })),
    errors: recordsOf(report["errors"]).flatMap((value) => {
      const error = readErrorInfo(value);
      return error ? [{ location: nullableText(value["location"]), error }] : [];
    }),
  };
}

type AnyRecord = Readonly<Record<string, unknown>>;

function recordOf(value: unknown): AnyRecord {
  return typeof value === "object" && value !== null ? (value as AnyRecord) : {};
}

function recordsOf(value: unknown): AnyRecord[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function nullableText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "?";
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
