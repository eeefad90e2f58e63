import type { RunStatus } from "@millrace/model/run-status";
import type { RunEvent } from "@millrace/model/run-event";
import { Run } from "millrace-client/internal/runs/run";
import { sayAway, type UserApi } from "../user-api/client.ts";
import { describeEvent } from "./describe-event.ts";
import { print } from "./printable.ts";

/**
 * Prints a run's events as they come, one line each, until the run is finished. A control plane that is away meanwhile is waited for.
 *
 * @param verbose also events that only matter when something is wrong: inputs, outputs, resources
 * @returns the status it finished with
 */
export async function followRun(api: UserApi, runId: string, verbose: boolean): Promise<RunStatus> {
  const run = new Run(api, runId);
  const stepStarts = new Map<string, number>();
  let request: RequestToStop | null = null;
  for await (const event of run.events({ onAway: sayAway })) {
    if (event.type === "RUN_CANCELING") request = event;
    const line = describeEvent(tellWhyStopped(event, request), stepStarts, verbose);
    if (line) print(line);
  }
  return (await run.wait({ onAway: sayAway })).status;
}

type RequestToStop = Extract<RunEvent, { readonly type: "RUN_CANCELING" }>;

/** A worker that was asked to stop says that its run was canceled, also where it was asked because the run fails. */
function tellWhyStopped(event: RunEvent, request: RequestToStop | null): RunEvent {
  if (event.type !== "RUN_CANCELED" || request?.reason === undefined) return event;
  const { reason, message } = request;
  return { type: "RUN_FAILURE", timestamp: event.timestamp, reason, message, error: null };
}
