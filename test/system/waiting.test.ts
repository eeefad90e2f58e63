import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import { type RunView, type Stack, workerPid } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  project = createProject({
    "src/definitions.ts": `
      import { appendFileSync, existsSync } from "node:fs";
      import { join } from "node:path";
      import { z } from "zod";
      import { definitions, job, op, processExecutor, stepState } from "millrace";

      const at = (name: string) => join(process.env.PROOF ?? "", name);
      const note = (jobName: string, text: string) => appendFileSync(at("calls of " + jobName), text + "\\n");

      const exportJob = stepState("export_job", z.object({ id: z.string() }));
      const exported = op("exported", async (context) => {
        let known = await context.state.get(exportJob);
        if (known === undefined) {
          known = { id: context.runId };
          note(context.jobName, "submitted");
          await context.state.set(exportJob, known);
          console.log("submitted");
          await new Promise((resolve) => setTimeout(resolve, 3_600_000));
        }
        note(context.jobName, "polled");
        return context.waitFor(() => existsSync(at(context.jobName)) && "result", { every: 11 });
      });
      const read = op("read", (context, result: string) => note(context.jobName, "read " + result));
      const here = job("here", () => read(exported()));
      const apart = job("apart", { executor: processExecutor() }, () => read(exported()));
      const patient = op("patient", (context) => context.sleep(3_600));
      const sleeps = job("sleeps", () => void patient());

      export const defs = definitions({ jobs: [here, apart, sleeps] });
    `,
  });
  stack = await startTestStack({ agent: false });
  stack.startAgent({ PROOF: stack.home });
  await stack.load("test", project.folder);
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

/** What the code of a job's run noted. */
function listCalls(jobName: string): string[] {
  return readFileSync(join(stack.home, `calls of ${jobName}`), "utf8")
    .trim()
    .split("\n");
}

const has = (type: string) => (run: RunView) => run.events.nodes.some((event) => event.type === type);

/** Waits until no process has this number any more. */
async function untilGone(pid: number): Promise<void> {
  const isThere = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (isThere()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test.concurrent.each(["here", "apart"])(
  "a job that was submitted elsewhere is found after its worker was killed, and waited for without any process: steps %s",
  async (jobName) => {
    const id = await stack.launch({
      jobName,
      tags: [{ key: "millrace/max_resume_attempts", value: "1" }],
    });
    const submitted = await stack.awaitRun(id, has("STEP_STATE"));
    process.kill(workerPid(submitted), "SIGKILL");

    // Events and steps are read one after the other: of one answer, the steps may be older.
    const waiting = await stack.awaitRun(
      id,
      (run) => has("RUN_SUSPENDED")(run) && run.steps.every(({ state }) => state !== "running"),
    );
    expect([waiting.status, waiting.attempt]).toEqual(["STARTED", 2]);
    expect(waiting.steps.map(({ key, state }) => [key, state])).toEqual([
      ["exported", "waiting"],
      ["read", "pending"],
    ]);
    await untilGone(workerPid(waiting));
    writeFileSync(join(stack.home, jobName), "");

    const ended = await stack.awaitEnd(id);
    expect(ended, ended.failureMessage ?? "").toMatchObject({ status: "SUCCESS", attempt: 3 });
    expect(listCalls(jobName)).toEqual(["submitted", "polled", "polled", "read result"]);
    expect(ended.steps.map(({ attempts }) => attempts)).toEqual([2, 1]);
  },
);

test("a run that waits is canceled at once, with no worker and without its agent", async () => {
  const id = await stack.launch({ jobName: "sleeps" });
  await stack.awaitRun(id, has("RUN_SUSPENDED"));
  process.kill(stack.agentPid(), "SIGSTOP");
  try {
    await stack.query(`mutation ($id: ID!) { terminateRun(id: $id) { __typename } }`, { id });

    expect((await stack.awaitEnd(id)).status).toBe("CANCELED");
  } finally {
    process.kill(stack.agentPid(), "SIGCONT");
  }
});
