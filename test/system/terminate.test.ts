import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import { type Stack, workerPid } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

let stack: Stack;
let project: TestProject;

beforeAll(async () => {
  project = createProject({
    "src/definitions.ts": `
      import { asset, definitions } from "millrace";
      import { writeFileSync } from "node:fs";

      const polite = asset("polite", {}, async (context) => {
        console.log("polite started");
        while (!context.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
        writeFileSync(process.env.PROOF, "cleaned up");
        context.signal.throwIfAborted();
      });
      const stubborn = asset("stubborn", {}, () => {
        console.log("stubborn started");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // Blocks the thread without a core.
      });
      export const defs = definitions({ assets: [polite, stubborn] });
    `,
  });
  stack = await startTestStack({ agent: false });
  stack.startAgent({ PROOF: `${stack.home}/proof` });
  await stack.load("test", project.folder);
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

const TERMINATE = `mutation($id: ID!) { terminateRun(id: $id) { __typename ... on RunAlreadyFinished { status } } }`;

test("terminate interrupts user code, which cleans up; the run ends CANCELED", async () => {
  const id = await stack.launch({ assetSelection: ["polite"] });
  await started(id);

  await stack.query(TERMINATE, { id });

  expect(await stack.awaitEnd(id)).toMatchObject({ status: "CANCELED" });
  expect(readFileSync(`${stack.home}/proof`, "utf8")).toBe("cleaned up");
});

test("code that does not listen is killed after the grace time, also by an agent after the one that was killed; the run ends CANCELED", async () => {
  const id = await stack.launch({ assetSelection: ["stubborn"] });
  const run = await started(id);
  await stack.kill("agent", "SIGKILL");

  await stack.query(TERMINATE, { id });
  stack.startAgent({ PROOF: `${stack.home}/proof` });

  expect((await stack.awaitEnd(id)).status).toBe("CANCELED");
  expect(commandOf(workerPid(run))).toBe("");
});

test("a run that has ended can't be terminated", async () => {
  const id = await stack.launch({ assetSelection: ["polite"] });
  await started(id);
  await stack.query(TERMINATE, { id });
  await stack.awaitEnd(id);

  const { terminateRun } = await stack.query<{ terminateRun: unknown }>(TERMINATE, { id });

  expect(terminateRun).toEqual({ __typename: "RunAlreadyFinished", status: "CANCELED" });
});

async function started(id: string) {
  return stack.awaitRun(id, (run) => run.events.nodes.some((event) => event.type === "STEP_START"));
}

/** What a process runs; empty once it has ended, also while init has not taken note of that. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
