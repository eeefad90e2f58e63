import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { workerPid } from "../system/stack.ts";
import { DESKTOP } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const LINES = 40;
const DEFINITIONS = `
  import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
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
  const stubborn = op("stubborn", async (context) => {
    console.log("try " + context.attempt);
    while (context.attempt === 1 && !context.signal.aborted) await pause(20);
  });
  const body = () => { ann(); bob(); script(); };
  export const defs = definitions({
    jobs: [
      job("together", body),
      job("apart", { executor: processExecutor() }, body),
      job("again", { tags: { "millrace/max_resume_attempts": "1" } }, () => void stubborn()),
    ],
  });
`;

const scene = setProjectScene("talk", DEFINITIONS);

const said = (name: string): string =>
  Array.from({ length: LINES }, (_, index) => `${name} says ${index}\n`).join("");

async function outputOf(id: string, stepKey: string, stream = "STDOUT"): Promise<string> {
  const { run } = await scene.stack.query<{ run: { logs: { text: string } } }>(
    `query($id: ID!, $stepKey: String!, $stream: LogStream!) { run(id: $id) { logs(stream: $stream, stepKey: $stepKey) { text } } }`,
    { id, stepKey, stream },
  );
  return run.logs.text;
}

test.each(["together", "apart"])(
  "what steps print at the same time is told apart, in one process or several: %s",
  async (jobName) => {
    const run = await scene.stack.awaitEnd(await scene.stack.launch({ jobName }));

    expect(run.status).toBe("SUCCESS");
    expect(await outputOf(run.id, "ann")).toBe(said("ann"));
    expect(await outputOf(run.id, "bob")).toBe(said("bob"));
    expect(await outputOf(run.id, "script")).toBe("from a script\n");
    expect(await outputOf(run.id, "script", "STDERR")).toBe("careful\n");
  },
);

test("the page and the command show the output of one step", async () => {
  const run = await scene.stack.awaitEnd(await scene.stack.launch({ jobName: "together" }));
  const { page, errors } = await scene.open(DESKTOP);
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
  const words = ["run", "logs", run.id, "--stdout", "--step", "bob", "--url", scene.stack.url];
  const { stdout } = await promisify(execFile)(process.execPath, [millrace, ...words]);
  expect(stdout).toBe(said("bob"));
});

test("the page searches the output, shows it from a line that was found, and links to all of it", async () => {
  const run = await scene.stack.awaitEnd(await scene.stack.launch({ jobName: "together" }));
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto(`/runs/${run.id}?tab=stdout`);
  await page.getByRole("textbox", { name: "Search the output" }).fill("BOB says 3");
  await page.keyboard.press("Enter");
  // 3, and 30 to 39.
  await page.getByText("11 lines found").waitFor();

  await page.getByRole("region", { name: "Lines found" }).getByText("bob says 39").click();
  const output = page.getByRole("log", { name: "stdout" });
  await output.getByText("bob says 39", { exact: true }).waitFor();
  expect(await output.getByText("bob says 38", { exact: true }).count()).toBe(0);

  const address = await page.getByRole("link", { name: "Download all of it" }).getAttribute("href");
  const all = await (await fetch(new URL(address ?? "", scene.stack.url))).text();
  expect(all.match(/^(?:ann|bob) says/gm)).toHaveLength(2 * LINES);
  expect(errors).toEqual([]);
});

test("the page shows the output of the newest attempt of a run, and of those before it when asked", async () => {
  const id = await scene.stack.launch({ jobName: "again" });
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto(`/runs/${id}?tab=stdout`);
  const output = page.getByRole("log", { name: "stdout" });
  await output.getByText("try 1").waitFor();
  expect(await page.getByRole("combobox", { name: "Attempt" }).count()).toBe(0);

  const run = await scene.stack.awaitRun(id, (seen) => seen.worker?.state === "running");
  process.kill(workerPid(run), "SIGKILL");
  await output.getByText("try 2").waitFor();
  expect((await output.innerText()).trim()).toBe("try 2");

  await page.getByRole("combobox", { name: "Attempt" }).click();
  await page.getByRole("option", { name: "1", exact: true }).click();
  await output.getByText("try 1").waitFor();
  expect((await output.innerText()).trim()).toBe("try 1");
  expect(errors).toEqual([]);
});
