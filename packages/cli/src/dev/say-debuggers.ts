import type { FollowedEvent } from "millrace-client";
import { follow } from "millrace-client/internal/connection/follow";
import { listRuns } from "millrace-client/internal/runs/list-runs";
import { Run } from "millrace-client/internal/runs/run";
import { DEBUGGER_ADDRESS } from "@millrace/model/runs/debugging";
import { describeTarget } from "@millrace/model/runs/describe-target";
import { paint } from "../terminal/style.ts";
import type { UserApi } from "../user-api/client.ts";

/** Says of each run that begins where a debugger may attach to it, until the signal is aborted. */
export async function sayDebuggers(
  api: UserApi,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  for await (const _ of follow(api, ["runs"], signal)) {
    const active = await listRuns(api, { statuses: ["STARTING", "STARTED"] });
    for (const run of active.filter(({ id }) => !seen.has(id))) {
      seen.add(run.id);
      void findDebugger(new Run(api, run.id), signal).then(
        (address) =>
          address !== null &&
          say(`${paint("blue", "▶")} ${describeTarget(run)} ${run.id}: debugger at ${address}`),
        () => {}, // The command ends, or the run is gone.
      );
    }
  }
}

/** Where a debugger may attach to a run, once its worker says so; null: it never has. */
async function findDebugger(run: Run, signal: AbortSignal): Promise<string | null> {
  for await (const event of run.events({ signal })) {
    const address = addressIn(event);
    if (address !== null) return address;
  }
  return null;
}

function addressIn(event: FollowedEvent): string | null {
  if (event.type !== "ENGINE_EVENT") return null;
  const value = event.metadata[DEBUGGER_ADDRESS];
  return value?.type === "text" ? value.text : null;
}
