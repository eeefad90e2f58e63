import type { RunEvent } from "@millrace/model/run-event";
import { isFinished, type RunStatus } from "@millrace/model/run-status";
import { RunEventsDocument } from "../user-api/documents.gen.ts";
import { CommandError, untilBack, watchChanges, type UserApi } from "../user-api/client.ts";
import { describeEvent } from "./describe-event.ts";
import { print } from "./printable.ts";

const PAGE = 1_000;

/**
 * Prints a run's events as they come, one line each, until the run is finished. A control plane that is away meanwhile is waited for.
 *
 * @param verbose also events that only matter when something is wrong: inputs, outputs, resources
 * @returns the status it finished with
 */
export async function followRun(api: UserApi, runId: string, verbose: boolean): Promise<RunStatus> {
  const controller = new AbortController();
  const patient = untilBack(api, controller.signal);
  const stepStarts = new Map<string, number>();
  let request: RequestToStop | null = null;
  let position = -1;
  try {
    for await (const _ of watchChanges(api.url, [`run:${runId}`], controller.signal)) {
      for (;;) {
        const { run } = await patient.send(RunEventsDocument, { id: runId, after: position, limit: PAGE });
        if (!run) throw new CommandError(`There is no run ${runId}`);
        for (const node of run.events.nodes) {
          const event = node.event as RunEvent;
          if (event.type === "RUN_CANCELING") request = event;
          const line = describeEvent(tellWhyStopped(event, request), stepStarts, verbose);
          if (line) print(line);
        }
        position = run.events.lastPosition;
        if (run.events.hasMore) continue;
        if (isFinished(run.status)) return run.status;
        break;
      }
    }
  } finally {
    controller.abort();
  }
  throw new CommandError(`The stream of run ${runId} ended before the run`);
}

type RequestToStop = Extract<RunEvent, { readonly type: "RUN_CANCELING" }>;

/** A worker that was asked to stop says that its run was canceled, also where it was asked because the run fails. */
function tellWhyStopped(event: RunEvent, request: RequestToStop | null): RunEvent {
  if (event.type !== "RUN_CANCELED" || request?.reason === undefined) return event;
  const { reason, message } = request;
  return { type: "RUN_FAILURE", timestamp: event.timestamp, reason, message, error: null };
}
