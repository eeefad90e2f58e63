import { parseArgs } from "node:util";
import { runWorkerMain } from "@millrace/runtime/run-worker/main";

/** `millrace api execute-run`: the run worker. Started by agents, never by hand, so it reads its few options itself. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      standby: { type: "boolean", default: false },
      spec: { type: "string" },
      bundle: { type: "string" },
      "worker-directory": { type: "string" },
      "agent-api-url": { type: "string" },
    },
  });
  await runWorkerMain({
    standby: values.standby,
    spec: values.spec,
    bundle: values.bundle,
    workerDirectory: values["worker-directory"],
    agentApiUrl: values["agent-api-url"],
  });
}
