import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
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
      import { definitions, job, op, processExecutor } from "millrace";

      const proof = (name: string) => join(process.env.PROOF ?? "", name);
      const prepare = op("prepare", () => 1);
      const load = op("load", { pool: "db" }, async (context, _prepared: number) => {
        appendFileSync(proof("calls"), "begin\\n");
        while (!existsSync(proof("go")) && !context.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
        appendFileSync(proof("calls"), "end\\n");
        context.signal.throwIfAborted();
      });
      const here = job("here", () => void load(prepare()));
      const apart = job("apart", { executor: processExecutor() }, () => void load(prepare()));
      export const defs = definitions({ jobs: [here, apart] });
    `,
  });
  stack = await startTestStack({ agent: false });
  stack.startAgent({ PROOF: stack.home });
  await stack.load("test", project.folder);
  await stack.query(`mutation { setPoolLimit(name: "db", limit: 1) { __typename } }`);
});
afterEach(async () => {
  writeFileSync(join(stack.home, "go"), "");
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

const launch = (jobName: string) => stack.launch({ jobName });
const hasBegun = (run: RunView) =>
  run.events.nodes.find(({ type, stepKey }) => type === "STEP_START" && stepKey === "load");
const isWaiting = (run: RunView) =>
  run.events.nodes.some(({ message }) => message === "Step load waits for a slot of pool db");

test("a slot is free when the worker that has it is killed, and a step that waits for it begins", async () => {
  const holder = await launch("here");
  const run = await stack.awaitRun(holder, (seen) => hasBegun(seen) !== undefined);
  const waiting = await launch("apart");
  await stack.awaitRun(waiting, isWaiting);

  const killedAt = Date.now();
  process.kill(workerPid(run), "SIGKILL");
  const begun = await stack.awaitRun(waiting, (seen) => hasBegun(seen) !== undefined);

  const startedAt = Date.parse(hasBegun(begun)?.timestamp ?? "");
  expect(startedAt - killedAt).toBeLessThan(30_000);
  expect(await stack.awaitEnd(holder)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
  writeFileSync(join(stack.home, "go"), "");
  expect(await stack.awaitEnd(waiting)).toMatchObject({ status: "SUCCESS" });
});

test("a control plane that is killed forgets no slot and nobody who waits, and steps take turns", async () => {
  writeFileSync(join(stack.home, "calls"), "");
  const runs = [await launch("here"), await launch("apart"), await launch("here")];

  await stack.kill("server", "SIGKILL");
  await stack.startServer();
  for (const id of runs) expect(await stack.awaitEnd(id)).toMatchObject({ status: "SUCCESS" });

  const calls = readFileSync(join(stack.home, "calls"), "utf8").trim().split("\n");
  expect(calls).toEqual(["begin", "end", "begin", "end", "begin", "end"]);
});
