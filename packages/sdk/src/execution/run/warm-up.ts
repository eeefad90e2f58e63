import { definitions } from "../../definitions/definitions.ts";
import { resolveDefinitions } from "../../definitions/resolve.ts";
import { memoryIoManager } from "../../io/memory-io-manager.ts";
import { job } from "../../jobs/job.ts";
import { op } from "../../graphs/op.ts";
import { executeRun } from "./execute-run.ts";
import { memoryRunInstance } from "../../context/memory-run-instance.ts";

/**
 * Executes a run of nothing, in memory and without a trace, so that the engine's code is loaded and compiled. A standby
 * worker does this while it waits: its own run then reaches user code a few milliseconds earlier.
 */
export async function warmUp(): Promise<void> {
  const nothing = op("nothing", () => {});
  await executeRun({
    definitions: resolveDefinitions(
      definitions({
        jobs: [job("warm_up", () => void nothing())],
        ioManagers: { default: memoryIoManager() },
      }),
    ),
    instance: memoryRunInstance(),
    jobName: "warm_up",
    runId: "",
    tags: {},
    runConfig: {},
    storageDirectory: "",
    environmentVariables: {},
    sink: (event) => void JSON.stringify(event),
    writeOutput: () => {},
  });
}
