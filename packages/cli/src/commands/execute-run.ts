import { parseArgs } from "node:util";
import { runWorkerMain } from "@millrace/runtime/run-worker/main";

const OPTIONS = {
  standby: { type: "boolean", default: false },
  spec: { type: "string" },
  bundle: { type: "string" },
  "worker-directory": { type: "string" },
  "agent-socket": { type: "string" },
  "agent-api-url": { type: "string" },
  debugging: { type: "string" },
} as const;

/** `millrace api execute-run`: the run worker. Started by agents, never by hand, so it reads its few options itself. */
export async function main(args: readonly string[]): Promise<void> {
  const values = readOptions(args);
  if (values === null) return;
  await runWorkerMain({
    standby: values.standby,
    spec: values.spec,
    bundle: values.bundle,
    workerDirectory: values["worker-directory"],
    agentSocket: values["agent-socket"],
    agentApiUrl: values["agent-api-url"],
    debugging: values.debugging,
  });
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    console.error(`millrace api execute-run: ${(error as Error).message} (--help shows what it takes)`);
    process.exitCode = 2;
    return null;
  }
}
