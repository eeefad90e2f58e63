import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunSpec } from "@millrace/model/runs/run-spec";
import { testRunTarget } from "@millrace/model/runs/test-run-target";
import { createAgentApiClient } from "@millrace/protocol/agent-api-client";
import type { WorkerIdentity } from "@millrace/protocol/journal/courier";
import { isToCourier } from "@millrace/protocol/journal/courier-messages";
import { serveCourier } from "@millrace/protocol/journal/serve-courier";
import { bundleLocation } from "../loading/bundle.ts";
import { MILLRACE, type TestProject } from "./test-project.ts";

/** A real run worker, started as an agent starts it. For tests. */
export interface TestWorker extends Disposable {
  readonly child: ChildProcess;
  readonly directory: string;
  /** The spec for its run, as far as it is the same in all tests. */
  readonly spec: RunSpec;
  /** Resolves when it stands by. */
  readonly standingBy: Promise<void>;
  /** Resolves when it has taken the spec. */
  execute(spec?: Partial<RunSpec>): Promise<void>;
  /** The same as a launcher does it that lends its courier; resolves when that speaks for the worker. */
  executeWithLentCourier(): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly output: (stream: "stdout" | "stderr") => string;
}

/** What a worker says. */
interface Said {
  readonly type: string;
  readonly worker: Omit<WorkerIdentity, "agentId">;
}

/**
 * @param way how it gets its spec: over IPC, or as a file.
 * @param home where its folder is made.
 */
export async function startTestWorker(
  project: TestProject,
  agentApiUrl: string,
  jobName: string,
  way: "standby" | "file" = "standby",
  home: string = tmpdir(),
): Promise<TestWorker> {
  const { worker: bundle } = await bundleLocation(project.folder, "defs.ts");
  const directory = mkdtempSync(join(home, "millrace-worker-"));
  const spec: RunSpec = {
    ...testRunTarget({ jobName }),
    runId: "run-1",
    attempt: 1,
    runToken: "mrr_test",
    agentApiUrl,
    locationName: "project",
    history: null,
    agentId: "agent-1",
    workerDirectory: directory,
    storageDirectory: join(directory, "storage"),
  };
  mkdirSync(join(directory, "storage"));
  const specFile = join(directory, "spec.json");
  if (way === "file") writeFileSync(specFile, JSON.stringify(spec));
  const words =
    way === "file"
      ? ["--spec", specFile]
      : ["--standby", "--worker-directory", directory, "--agent-api-url", agentApiUrl];
  const stdout = openSync(join(directory, "stdout"), "a");
  const stderr = openSync(join(directory, "stderr"), "a");
  const child = spawn(process.execPath, [MILLRACE, "api", "execute-run", "--bundle", bundle, ...words], {
    cwd: project.folder,
    stdio: ["ignore", stdout, stderr, "ipc"],
  });
  closeSync(stdout);
  closeSync(stderr);
  const ended = once(child, "exit").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  const untilSaid = async (type: string): Promise<Said> => {
    for (;;) {
      const [message] = (await once(child, "message")) as [Said];
      if (message.type === type) return message;
    }
  };
  const introduced = way === "file" ? null : untilSaid("standing-by");
  return {
    child,
    directory,
    spec,
    standingBy: introduced === null ? Promise.resolve() : introduced.then(() => {}),
    async execute(fields = {}) {
      const accepted = untilSaid("accepted");
      child.send({ type: "execute", spec: { ...spec, ...fields } });
      await accepted;
    },
    async executeWithLentCourier() {
      if (introduced === null)
        throw new Error("A worker that gets its spec as a file has a courier of its own");
      const { worker } = await introduced;
      child.send({ type: "execute", spec, lendsCourier: true });
      const client = createAgentApiClient(agentApiUrl, spec.runToken);
      const assignment = { ...spec, worker: { ...worker, agentId: spec.agentId } };
      const courier = serveCourier(client, assignment, (message) => void child.send(message, () => {}));
      child.on("message", (message: unknown) => {
        if (isToCourier(message)) courier.hear(message);
      });
      child.once("disconnect", () => courier.abandon());
    },
    ended,
    output: (stream) => readFileSync(join(directory, stream), "utf8"),
    [Symbol.dispose]() {
      child.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
