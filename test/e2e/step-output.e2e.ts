import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "../system/project.ts";
import { startStack, type Stack } from "../system/stack.ts";
import { DESKTOP, launchBrowser, openPage } from "./browser.ts";

const LINES = 40;
const DEFINITIONS = `
  import { setImmediate as turn } from "node:timers/promises";
  import { definitions, job, op, processExecutor, runSubprocess } from "millrace";

  const talker = (name: string) =>
    op(name, async () => {
      for (let index = 0; index < ${LINES}; index++) {
        console.log(name + " says " + index);
        await turn();
      }
    });
  const [ann, bob] = [talker("ann"), talker("bob")];
  const script = op("script", async (context) => {
    await runSubprocess(context, { command: ["sh", "-c", "echo from a script; echo careful >&2"] });
  });
  const body = () => { ann(); bob(); script(); };
  export const defs = definitions({
    jobs: [job("together", body), job("apart", { executor: processExecutor() }, body)],
  });
`;

let stack: Stack;
let browser: Browser;
let project: TestProject;
beforeAll(async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  [stack, browser] = await Promise.all([startStack(), launchBrowser()]);
  await stack.load("talk", project.folder);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  project.remove();
});

const said = (name: string): string =>
  Array.from({ length: LINES }, (_, index) => `${name} says ${index}\n`).join("");

async function outputOf(id: string, stepKey: string, stream = "STDOUT"): Promise<string> {
  const { run } = await stack.query<{ run: { logs: { text: string } } }>(
    `query($id: ID!, $stepKey: String!, $stream: LogStream!) { run(id: $id) { logs(stream: $stream, stepKey: $stepKey) { text } } }`,
    { id, stepKey, stream },
  );
  return run.logs.text;
}

test.each(["together", "apart"])(
  "what steps print at the same time is told apart, in one process or several: %s",
  async (jobName) => {
    const run = await stack.awaitEnd(await stack.launch({ jobName }));

    expect(run.status).toBe("SUCCESS");
    expect(await outputOf(run.id, "ann")).toBe(said("ann"));
    expect(await outputOf(run.id, "bob")).toBe(said("bob"));
    expect(await outputOf(run.id, "script")).toBe("from a script\n");
    expect(await outputOf(run.id, "script", "STDERR")).toBe("careful\n");
  },
);

test("the page and the command show the output of one step", async () => {
  const run = await stack.awaitEnd(await stack.launch({ jobName: "together" }));
  const { page, errors } = await openPage(browser, stack.url, DESKTOP);
  await page.goto(`/runs/${run.id}`);
  await page.getByRole("tab", { name: "stdout" }).click();
  const output = page.getByRole("log", { name: "stdout" });
  // The log shows its end, and draws only what is in view.
  await output.getByText(`ann says ${LINES - 1}`, { exact: true }).waitFor();

  await page.getByRole("combobox", { name: "Written by" }).click();
  await page.getByRole("option", { name: "script" }).click();

  await output.getByText("from a script").waitFor();
  expect((await output.innerText()).trim()).toBe("from a script");
  expect(errors).toEqual([]);
  const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));
  const words = ["run", "logs", run.id, "--stdout", "--step", "bob", "--url", stack.url];
  const { stdout } = await promisify(execFile)(process.execPath, [millrace, ...words]);
  expect(stdout).toBe(said("bob"));
});
