import { fork } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listStepSpans, parseOutputMarks } from "@millrace/model/output-marks";
import { afterEach, beforeEach, expect, test } from "vitest";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "millrace-marks-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const PRELUDE = `
import { spawnSync } from "node:child_process";
import { setImmediate as turn } from "node:timers/promises";
import { markOutput } from ${JSON.stringify(new URL("mark-output.ts", import.meta.url).href)};
import { runAsStep } from ${JSON.stringify(import.meta.resolve("millrace/internal/execution/scope/current-step"))};
const directory = process.argv[2];
`;

/** Runs code in processes whose stdout and stderr are the files of one folder; each has its own name to know itself by. */
async function runProcesses(code: string, ...names: string[]): Promise<void> {
  const file = join(directory, "code.ts");
  writeFileSync(file, PRELUDE + code);
  const stdout = openSync(join(directory, "stdout"), "a");
  const stderr = openSync(join(directory, "stderr"), "a");
  const children = (names.length === 0 ? ["worker"] : names).map((name) =>
    fork(file, [directory, name], { stdio: ["ignore", stdout, stderr, "ipc"] }),
  );
  closeSync(stdout);
  closeSync(stderr);
  const exits = await Promise.all(children.map((child) => once(child, "exit")));
  expect(readFileSync(join(directory, "stderr"), "utf8").includes("Error")).toBe(false);
  expect(exits.map(([code]) => code as number)).toEqual(children.map(() => 0));
}

function outputOf(stepKey: string, stream: "stdout" | "stderr" = "stdout"): string {
  const bytes = readFileSync(join(directory, stream));
  const marks = parseOutputMarks(readFileSync(join(directory, "marks"), "utf8"), stream);
  return Buffer.concat(
    listStepSpans(marks, stepKey, bytes.length).map(({ start, end }) => bytes.subarray(start, end)),
  ).toString();
}

const lines = (name: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${name} ${index} é\n`).join("");

test("what steps write at the same time belongs to each of them, and what the run writes to none", async () => {
  await runProcesses(`
    const stop = markOutput(directory, () => null, new Set());
    console.log("loaded");
    const step = (name) => runAsStep(name, async () => {
      for (let index = 0; index < 200; index++) {
        console.log(name, index, "é");
        if (index % 3 === 0) process.stderr.write(Buffer.from("warning of " + name + "\\n"));
        await turn();
      }
    });
    await Promise.all([step("a"), step("b"), step("c")]);
    console.log("over");
    stop();
    runAsStep("a", () => console.log("not marked any more"));
  `);

  for (const name of ["a", "b", "c"]) {
    expect(outputOf(name)).toBe(lines(name, 200));
    expect(outputOf(name, "stderr")).toBe(`warning of ${name}\n`.repeat(67));
  }
  expect(readFileSync(join(directory, "stdout"), "utf8")).toMatch(
    /^loaded\n[^]*\nover\nnot marked any more\n$/,
  );
});

test("a step that writes alone leaves one mark, however much it writes", async () => {
  await runProcesses(`
    markOutput(directory, () => null, new Set());
    runAsStep("alone", () => { for (let index = 0; index < 1000; index++) console.log("alone", index, "é"); });
  `);

  expect(readFileSync(join(directory, "marks"), "utf8")).toBe("stdout 0 alone\n");
  expect(outputOf("alone")).toBe(lines("alone", 1000));
});

test("processes that share the streams mark what is theirs, whoever comes between", async () => {
  const names = ["one", "two", "three"];
  await runProcesses(
    `
    const name = process.argv[3];
    markOutput(directory, () => name, new Set());
    for (let index = 0; index < 3000; index++) {
      console.log(name, index, "é");
      if (index % 50 === 0) await turn();
    }
  `,
    ...names,
  );

  for (const name of names) expect(outputOf(name)).toBe(lines(name, 3000));
});

test("what a child process writes to the streams it inherits is taken for no step's once this process writes again", async () => {
  await runProcesses(`
    markOutput(directory, () => null, new Set());
    runAsStep("a", () => { console.log("first"); spawnSync("echo", ["from a child"], { stdio: "inherit" }); });
    runAsStep("b", () => console.log("second"));
    spawnSync("echo", ["between"], { stdio: "inherit" });
    runAsStep("a", () => console.log("third"));
  `);

  expect(outputOf("a")).toBe("first\nthird\n");
  expect(outputOf("b")).toBe("second\n");
});

test("streams that lead elsewhere than into the worker's folder are left alone", async () => {
  mkdirSync(join(directory, "elsewhere"));

  await runProcesses(`
    const write = process.stdout.write;
    markOutput(directory + "/elsewhere", () => null, new Set());
    runAsStep("a", () => console.log(process.stdout.write === write));
  `);

  expect(readFileSync(join(directory, "stdout"), "utf8")).toBe("true\n");
  expect(readdirSync(join(directory, "elsewhere"))).toEqual([]);
});
