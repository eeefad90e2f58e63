import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "@millrace/cli/testing/run-command";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import { type RunView, type Stack, workerPid } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  project = createProject({
    "src/definitions.ts": `
      import { appendFileSync, existsSync } from "node:fs";
      import { join } from "node:path";
      import { definitions, job, op, processExecutor } from "millrace";

      const note = (text: string) => appendFileSync(join(process.env.PROOF ?? "", "calls"), text + "\\n");
      const may = (what: string) => existsSync(join(process.env.PROOF ?? "", what));

      const first = op("first", () => { note("first"); console.log("first runs"); return 20; });
      const second = op("second", async (context, amount: number) => {
        note("second");
        console.log("second begins, " + context.attempt);
        while (!may("second") && !context.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
        return amount + 1;
      });
      const third = op("third", (_context, amount: number) => note("third " + amount));
      const steps = job("steps", () => third(second(first())));
      const apart = job("apart", { executor: processExecutor() }, () => third(second(first())));

      const list = op("list", { dynamic: true }, () => { note("list"); return new Map([["a", 1], ["b", 2]]); });
      const double = op("double", (_context, amount: number) => {
        note("double " + amount);
        if (amount === 2 && !may("double")) throw new Error("not yet");
        return amount * 2;
      });
      const sum = op("sum", (_context, amounts: readonly number[]) => note("sum " + amounts.join(" + ")));
      const sums = job("sums", () => sum(list().map((amount) => double(amount)).collect()));

      const wait = op("wait", async (context) => {
        while (!context.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
        note("interrupted");
        context.signal.throwIfAborted();
      });
      const endless = job("endless", { tags: { "millrace/max_runtime": "0.5" } }, () => void wait());

      export const defs = definitions({ jobs: [steps, apart, sums, endless] });
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

/** Lets user code that waits for a word go on. */
function allow(what: string): void {
  writeFileSync(join(stack.home, what), "");
}

function forbid(what: string): void {
  rmSync(join(stack.home, what));
}

/** What user code noted since the last time it was asked. */
function takeCalls(): string[] {
  const file = join(stack.home, "calls");
  const calls = readFileSync(file, "utf8").trim().split("\n");
  writeFileSync(file, "");
  return calls;
}

function stepsOf(run: RunView): Record<string, readonly [state: string, attempts: number]> {
  return Object.fromEntries(run.steps.map(({ key, state, attempts }) => [key, [state, attempts]]));
}

/** Launches a job that may go on once, and waits until its second step runs. */
async function runInTheMiddle(jobName: string): Promise<RunView> {
  const tags = [{ key: "millrace/max_resume_attempts", value: "1" }];
  const id = await stack.launch({ jobName, tags });
  return stack.awaitRun(id, (seen) =>
    seen.events.nodes.some((event) => event.type === "STEP_START" && event.stepKey === "second"),
  );
}

test.each([
  ["in it", "steps"],
  ["in processes of their own", "apart"],
])(
  "a run whose worker is killed, with steps %s, goes on and runs nothing again that had ended",
  async (_, jobName) => {
    const run = await runInTheMiddle(jobName);

    process.kill(workerPid(run), "SIGKILL");
    await stack.awaitRun(run.id, (seen) => seen.attempt === 2);
    allow("second");

    const ended = await stack.awaitEnd(run.id);
    forbid("second");
    expect(ended, ended.failureMessage ?? "").toMatchObject({ status: "SUCCESS", attempt: 2 });
    expect(takeCalls()).toEqual(["first", "second", "second", "third 21"]);
    expect(stepsOf(ended)).toEqual({ first: ["success", 1], second: ["success", 2], third: ["success", 1] });
    const restarted = ended.events.nodes.filter((event) => event.type === "STEP_RESTARTED");
    expect(restarted.map(({ stepKey, attempt }) => [stepKey, attempt])).toEqual([["second", 2]]);
    expect(ended.events.nodes.map((event) => event.message)).toContainEqual(
      expect.stringMatching(/SIGKILL.*Attempt 2 of at most 2 goes on after the 1 step that had ended/),
    );
  },
);

test("the command prints what each attempt wrote, and goes on with the next one when it follows the run", async () => {
  const run = await runInTheMiddle("steps");
  const logs = ["run", "logs", run.id, "--stdout", "--url", stack.url];
  const follower = spawn(process.execPath, [millrace, ...logs, "--follow"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(follower, "close");
  let followed = "";
  follower.stdout.setEncoding("utf8").on("data", (text: string) => (followed += text));
  while (!followed.includes("second")) await once(follower.stdout, "data");

  process.kill(workerPid(run), "SIGKILL");
  await stack.awaitRun(run.id, (seen) => seen.attempt === 2);
  allow("second");
  await stack.awaitEnd(run.id);
  forbid("second");
  await closed;
  takeCalls();

  const print = async (...words: string[]) => (await runCommand([...logs, ...words])).stdout;
  expect(followed).toBe("first runs\nsecond begins, 1\nsecond begins, 2\n");
  expect(await print("--attempt", "1")).toBe("first runs\nsecond begins, 1\n");
  expect(await print()).toBe("second begins, 2\n");
  await expect(print("--attempt", "3")).rejects.toThrow(`There is no attempt 3 of run ${run.id}`);
});

test("with worker, agent and control plane killed at once, the run goes on when they are back", async () => {
  const run = await runInTheMiddle("steps");

  process.kill(workerPid(run), "SIGKILL");
  await Promise.all([stack.kill("agent", "SIGKILL"), stack.kill("server", "SIGKILL")]);
  allow("second");
  await stack.startServer();
  stack.startAgent({ PROOF: stack.home });

  const ended = await stack.awaitEnd(run.id);
  expect(ended, ended.failureMessage ?? "").toMatchObject({ status: "SUCCESS", attempt: 2 });
  expect(takeCalls()).toEqual(["first", "second", "second", "third 21"]);
});

test("from failure: only what failed runs again, also of mapped steps, with what succeeded read from the run before", async () => {
  const id = await stack.launch({ jobName: "sums" });
  const failed = await stack.awaitEnd(id);
  expect(failed.status).toBe("FAILURE");
  expect(takeCalls().toSorted()).toEqual(["double 1", "double 2", "list"]);

  allow("double");
  const words = ["run", "reexecute", id, "--from-failure", "--follow", "--url", stack.url];
  const { stdout } = await runCommand(words);

  const again = await stack.awaitEnd(stdout.split("\n", 1)[0] ?? "");
  expect(again.status).toBe("SUCCESS");
  expect(takeCalls()).toEqual(["double 2", "sum 2 + 4"]);
});

test("a run that takes longer than it may is interrupted and fails for that", async () => {
  const ended = await stack.awaitEnd(await stack.launch({ jobName: "endless" }));

  expect(ended).toMatchObject({
    status: "FAILURE",
    failureReason: "MAX_RUNTIME_EXCEEDED",
    failureMessage: "The run took longer than the 0.5 s it may",
  });
  expect(takeCalls()).toEqual(["interrupted"]);
  const { stdout } = await runCommand(["run", "logs", ended.id, "--url", stack.url]);
  expect(stdout).toMatch(/FAILURE The run took longer than the 0.5 s it may\n$/);
  expect(stdout).not.toContain("CANCELED");
});
