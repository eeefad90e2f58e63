import { definitions } from "millrace/internal/definitions/definitions";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import { executeRun } from "millrace/internal/execution/execute-run";
import { memoryIoManager } from "millrace/internal/io/memory-io-manager";
import { job } from "millrace/internal/jobs/job";
import { op } from "millrace/internal/ops/op";

/**
 * Runs a job of one step that does nothing and says nothing, so that the engine's code is compiled when the first real
 * step comes: it starts some milliseconds earlier then. Touches neither the author's code nor any file.
 */
export async function rehearse(): Promise<void> {
  const step = op("rehearsal", () => {});
  const definitionsOfOne = definitions({
    jobs: [job("rehearsal_job", () => void step())],
    ioManagers: { default: memoryIoManager() },
  });
  await executeRun({
    runId: "rehearsal",
    jobName: "rehearsal_job",
    tags: {},
    runConfig: {},
    definitions: resolveDefinitions(definitionsOfOne),
    sink: (event) => void JSON.stringify(event),
    storageDirectory: "",
    environmentVariables: {},
    writeOutput: () => {},
  });
}
