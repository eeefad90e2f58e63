import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));

const DEFINITIONS = `
  import { asset, definitions, dynamicPartitions, addPartitions, runRequest, schedule, sensor, skip } from "millrace";

  const letters = dynamicPartitions("letters");
  const letter = asset("letter", { partitions: letters }, (context) => context.partitionKey);
  const minutes = asset("minutes", () => 1);

  // One letter an evaluation, each with its key; then it has nothing more to say.
  const alphabet = sensor("alphabet", { target: [letter], minimumIntervalSeconds: 1, runningByDefault: true }, (context) => {
    const next = String.fromCharCode((context.cursor ?? "\`").charCodeAt(0) + 1);
    if (next > "f") return skip("that is all");
    context.setCursor(next);
    return [addPartitions(letters, [next]), runRequest({ runKey: next, partitionKey: next })];
  });
  const broken = sensor("broken", { target: [minutes] }, () => { throw new Error("no network"); });
  const heavy = sensor("heavy", { target: [minutes] }, () =>
    Array.from({ length: 4_000 }, (_, index) => runRequest({ tags: { number: String(index), text: "x".repeat(1_000) } })));
  const slow = sensor("slow", { target: [minutes], timeoutSeconds: 1 }, async (context) => {
    context.setCursor("half");
    await new Promise(() => setInterval(() => {}, 1_000));
  });
  const everyMinute = schedule("every_minute", { cron: "* * * * *", target: [minutes] });
  export const defs = definitions({ assets: [letter, minutes], sensors: [alphabet, broken, heavy, slow], schedules: [everyMinute] });
`;

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  stack = await startTestStack();
  const { latest } = await stack.load("shop", project.folder);
  expect(latest.error).toBeNull();
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

async function run(command: string): Promise<string> {
  const args = [millrace, ...command.split(" "), "--url", stack.url];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

async function listTicks(command: string): Promise<Record<string, unknown>[]> {
  const stdout = await run(`${command} --json`);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What runs of a job were launched for, oldest first. */
async function listRuns(tag: string): Promise<(string | undefined)[]> {
  const { runs } = await stack.query<{
    runs: { nodes: { status: string; tags: { key: string; value: string }[] }[] };
  }>(`{ runs(limit: 100) { nodes { status tags { key value } } } }`);
  const values = runs.nodes.map(({ tags }) => tags.find(({ key }) => key === tag)?.value);
  return values.filter((value) => value !== undefined).toReversed();
}

interface TickView {
  readonly status: string;
  readonly skipReason: string | null;
  readonly error: { readonly message: string; readonly code?: string } | null;
}

/** Waits for a tick of this kind among the newest ones. */
async function awaitTick(
  kind: "schedule" | "sensor",
  name: string,
  matches: (tick: TickView) => boolean,
): Promise<TickView> {
  const document = `query ($name: String!) { instigator: ${kind}(locationName: "shop", name: $name) {
    state { ticks { nodes { status skipReason error } } } } }`;
  return stack.awaitChange(["ticks"], async () => {
    const { instigator } = await stack.query<{
      instigator: { state: { ticks: { nodes: TickView[] } } } | null;
    }>(document, { name });
    return instigator?.state.ticks.nodes.find(matches) ?? null;
  });
}

const awaitFailure = (sensor: string) => awaitTick("sensor", sensor, ({ status }) => status === "FAILURE");

async function awaitRunOfKey(key: string): Promise<void> {
  await stack.awaitChange(["runs"], async () => (await listRuns("millrace/run_key")).includes(key) || null);
}

test("a sensor ticks by itself, once for each letter, whatever is killed meanwhile", async () => {
  await awaitRunOfKey("b");
  await stack.kill("server", "SIGKILL");
  await stack.startServer();
  await awaitRunOfKey("d");
  await stack.kill("agent", "SIGKILL");
  stack.startAgent();
  await awaitTick("sensor", "alphabet", ({ skipReason }) => skipReason === "that is all");

  expect(await listRuns("millrace/run_key")).toEqual(["a", "b", "c", "d", "e", "f"]);
  expect(await run("sensor cursor alphabet")).toBe("f\n");
});

// The next minute is waited for beside the evaluations that fail.
test.concurrent("a schedule that is started by hand ticks at the next minute", async () => {
  expect(await run("schedule list")).toMatch(/every_minute +shop +\* \* \* \* \* UTC +STOPPED/);
  expect(await run("schedule start every_minute")).toMatch(/^Running; next tick at .*:00\.000Z/);
  await awaitTick("schedule", "every_minute", ({ status }) => status === "SUCCESS");
  expect(await run("schedule stop every_minute")).toBe("Stopped\n");

  const [tick, ...others] = await listTicks("schedule ticks every_minute");
  expect(others).toEqual([]);
  expect(tick).toMatchObject({ status: "SUCCESS", runIds: [expect.any(String)] });
  expect(await listRuns("millrace/scheduled_at")).toEqual([tick?.["scheduledAt"]]);
  const [runId = ""] = (tick?.["runIds"] ?? []) as readonly string[];
  expect((await stack.awaitEnd(runId)).status).toBe("SUCCESS");
});

test.concurrent("an evaluation that throws, takes too long or asks for too much says so", async () => {
  await run("sensor start broken");
  await run("sensor start heavy");
  await run("sensor start slow");
  expect(await awaitFailure("broken")).toMatchObject({ error: { message: "no network" } });
  expect(await awaitFailure("slow")).toMatchObject({ error: { code: "tick_timed_out" } });
  const tooLarge = { error: { message: expect.stringContaining("is too large") as string } };
  expect(await awaitFailure("heavy")).toMatchObject(tooLarge);
  expect(await listTicks("sensor ticks heavy --status FAILURE --limit 1")).toMatchObject([tooLarge]);
  await run("sensor stop broken");
  await run("sensor stop heavy");
  await run("sensor reset slow");

  expect(await run("sensor cursor slow")).toBe("half\n");
  await run("sensor cursor slow --set other");
  expect(await run("sensor cursor slow")).toBe("other\n");
  await expect(run("sensor preview broken")).rejects.toThrow("The evaluation failed: no network");
  await expect(run("sensor start nobody")).rejects.toThrow(
    'There is no sensor "nobody"; there are "alphabet", "broken", "heavy" and "slow"',
  );
});
