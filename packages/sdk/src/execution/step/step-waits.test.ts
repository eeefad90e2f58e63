import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import type { RunEvent } from "@millrace/model/run-event";
import { ASSET_JOB, type RunHistory } from "@millrace/model/runs/run-spec";
import { foldStepEvents, toStepsSnapshot, type StepHistoryEvent } from "@millrace/model/steps/step-history";
import { systemClock } from "@millrace/model/time/clock";
import { asset } from "../../assets/asset.ts";
import type { Asset } from "../../assets/asset-definition.ts";
import type { AssetContext } from "../../assets/asset-context.ts";
import { memoryRunInstance } from "../../context/memory-run-instance.ts";
import { stepState } from "../../context/step-state.ts";
import { WaitTimedOut } from "../../context/step-waiting.ts";
import { definitions } from "../../definitions/definitions.ts";
import { resolveDefinitions } from "../../definitions/resolve.ts";
import { inProcessExecutor } from "../../executors/executor.ts";
import { op } from "../../graphs/op.ts";
import { job } from "../../jobs/job.ts";
import { daily } from "../../partitions/partitions.ts";
import { executeJob, materialize } from "../../testing/execute.ts";
import { executeRun, type ExecuteRunOptions } from "../run/execute-run.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-waits-"));
afterAll(() => rmSync(folder, { recursive: true }));

const HOUR = 3_600;
const exportJob = stepState("export_job", z.object({ id: z.string() }));

/** The types of the events of steps, in order. */
const stepTypes = (events: readonly RunEvent[]): string[] =>
  events.flatMap(({ type }) => (type.startsWith("STEP_") && type !== "STEP_OUTPUT" ? [type] : []));

test("a step that polls gives up its place until the next poll, and finds what it had submitted", async () => {
  const calls: number[] = [];
  let submitted = 0;
  let polls = 0;
  const exported = asset("exported", async (context) => {
    calls.push(context.attempt);
    let known = await context.state.get(exportJob);
    if (known === undefined) {
      known = { id: `j${++submitted}` };
      await context.state.set(exportJob, known);
    }
    const { id } = known;
    return context.waitFor(() => ++polls === 3 && `result of ${id}`, { every: HOUR });
  });

  const result = await materialize([exported]);

  expect(result.value(exported)).toBe("result of j1");
  expect([submitted, polls, calls]).toEqual([1, 3, [1, 1, 1]]);
  expect(stepTypes(result.events)).toEqual([
    "STEP_START",
    "STEP_STATE",
    "STEP_WAITING",
    "STEP_RESUMED",
    "STEP_WAITING",
    "STEP_RESUMED",
    "STEP_SUCCESS",
  ]);
  const [first, second] = result.eventsOf("STEP_WAITING");
  expect((second?.until ?? 0) - (first?.until ?? 0)).toBeGreaterThanOrEqual(HOUR * 1000);
});

test("the code ends where it waits, its finally blocks too, and passes what it has waited for", async () => {
  const passed: string[] = [];
  const patient = asset("patient", async (context) => {
    passed.push("begins");
    try {
      await context.sleep(HOUR);
      passed.push("slept");
      // Another date at each call: the first one counts.
      await context.sleepUntil(new Date(Date.now() + 24 * HOUR * 1000));
      passed.push("it is tomorrow");
      await context.sleepUntil(new Date(0));
    } finally {
      passed.push("ends");
    }
  });

  await materialize([patient]);

  expect(passed).toEqual(["begins", "begins", "slept", "begins", "slept", "it is tomorrow", "ends"]);
});

test("a short wait goes on where it is", async () => {
  let calls = 0;
  const quick = asset("quick", async (context) => {
    calls++;
    await context.sleep(9);
    let polls = 0;
    return context.waitFor(() => ++polls > 2 && polls, { every: 5 });
  });

  const result = await materialize([quick]);

  expect([calls, result.value(quick)]).toEqual([1, 3]);
  expect(result.eventsOf("STEP_WAITING")).toEqual([]);
});

test("a wait that not every call comes to does not stand for another one when it has a name", async () => {
  let warmUps = 0;
  const exported = asset("exported", async (context) => {
    if ((await context.state.get(exportJob)) === undefined) {
      await context.sleep(HOUR, { name: "warm up" });
      warmUps++;
      await context.state.set(exportJob, { id: "j1" });
    }
    await context.sleep(2 * HOUR);
  });

  const result = await materialize([exported]);

  expect(warmUps).toBe(1);
  expect(result.eventsOf("STEP_WAITING").map(({ waits }) => Object.keys(waits))).toEqual([
    ["sleep warm up 1"],
    ["sleep 1"],
  ]);
  const start = result.events[0]?.timestamp ?? 0;
  expect((result.events.at(-1)?.timestamp ?? 0) - start).toBeGreaterThanOrEqual(3 * HOUR * 1000);
});

test("what does not come in time fails the attempt, and the next one waits anew", async () => {
  const attempts: number[] = [];
  const never = asset("never", { retryPolicy: { maxRetries: 1 } }, async (context) => {
    attempts.push(context.attempt);
    await context.waitFor(() => false, { every: HOUR, timeout: 1.5 * HOUR });
  });

  const result = await materialize([never], { throwOnFailure: false });

  expect(attempts).toEqual([1, 1, 1, 2, 2, 2]);
  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({ code: "wait_timed_out" });
});

test("code that catches the end of its patience goes on with it", async () => {
  const canceled: string[] = [];
  const never = asset("never", async (context) => {
    try {
      await context.waitFor(() => null, { every: HOUR, timeout: HOUR });
    } catch (error) {
      if (!(error instanceof WaitTimedOut)) throw error;
      canceled.push("j1");
    }
  });

  const result = await materialize([never]);

  expect([result.succeeded, canceled]).toEqual([true, ["j1"]]);
});

test("while a step waits others use its slot", async () => {
  const order: string[] = [];
  const waits = op("waits", async (context) => {
    await context.sleep(HOUR);
    order.push("waited");
  });
  const works = op("works", () => void order.push("worked"));
  const both = job("both", { executor: inProcessExecutor({ maxConcurrent: 1 }) }, () => {
    waits();
    works();
  });

  await executeJob(both);

  expect(order).toEqual(["worked", "waited"]);
});

test("a step that makes one partition after the other sits its waits out, and makes each once", async () => {
  const made: string[] = [];
  const days = daily({ start: "2024-01-01" });
  const reports = asset("reports", { partitions: days }, async (context) => {
    await context.sleep(HOUR);
    made.push(context.partitionKey);
  });

  const result = await materialize([reports], {
    partitionRange: { start: "2024-01-01", end: "2024-01-02" },
  });

  expect(made).toEqual(["2024-01-01", "2024-01-02"]);
  expect(result.eventsOf("STEP_WAITING")).toEqual([]);
});

/** Executes a run of assets as a worker does, that ends where nothing is left but waits. */
async function execute(assets: readonly Asset[], more: Partial<ExecuteRunOptions> = {}) {
  const events: RunEvent[] = [];
  const outcome = await executeRun({
    definitions: resolveDefinitions(definitions({ assets })),
    instance: memoryRunInstance(),
    jobName: ASSET_JOB,
    assetSelection: assets.map(({ key }) => key),
    runId: randomUUID(),
    tags: {},
    runConfig: {},
    storageDirectory: folder,
    sink: (event) => events.push(event),
    ...more,
  });
  return { outcome, events };
}

/** What a control plane tells the next attempt. */
function historyOf(events: readonly RunEvent[]): RunHistory {
  const said = events.filter((event) => event.type.startsWith("STEP_")) as StepHistoryEvent[];
  return { knownOutputs: {}, outputRuns: {}, resume: toStepsSnapshot(foldStepEvents(said)) };
}

test("a run of which nothing but waits is left ends its process, and goes on in a further attempt", async () => {
  const calls: string[] = [];
  let isThere = false;
  const exported = asset("exported", async (context) => {
    calls.push(`exported ${context.attempt}`);
    return context.waitFor(() => isThere && "result", { every: HOUR });
  });
  const other = asset("other", () => void calls.push("other"));
  const below = asset("below", { deps: [exported] }, (_context, value) => void calls.push(`below ${value}`));
  const assets = [exported, other, below];
  const runId = randomUUID();

  const first = await execute(assets, { runId, maySuspend: true });
  isThere = true;
  const history = historyOf(first.events);
  const clock = { ...systemClock, now: () => systemClock.now() + HOUR * 1000 };
  const second = await execute(assets, { runId, maySuspend: true, history, clock });

  expect([first.outcome, second.outcome]).toEqual(["SUSPENDED", "SUCCESS"]);
  const waiting = first.events.find(({ type }) => type === "STEP_WAITING") as { until: number } & RunEvent;
  expect(first.events.at(-1)).toMatchObject({ type: "RUN_SUSPENDED", until: waiting.until });
  expect(stepTypes(second.events)).toEqual(["STEP_RESUMED", "STEP_SUCCESS", "STEP_START", "STEP_SUCCESS"]);
  expect(calls).toEqual(["exported 1", "other", "exported 1", "below result"]);
});

test.each<[string, (context: AssetContext) => Promise<unknown>]>([
  ["sleep", (context) => context.sleep(10)],
  ["waitFor", (context) => context.waitFor(() => false, { every: 10 })],
])("%s of just ten seconds is long enough to give up the process", async (_method, code) => {
  let now = systemClock.now();
  // Time passes between any two looks at the clock, as it does.
  const clock = { ...systemClock, now: () => (now += 0.01) };

  const { outcome } = await execute([asset("patient", code)], { maySuspend: true, clock });

  expect(outcome).toBe("SUSPENDED");
});

test("an attempt that begins too early, or finds little left to wait for, waits in its process", async () => {
  const patient = asset("patient", (context) => context.sleep(HOUR));
  const { events } = await execute([patient], { maySuspend: true });
  const clock = { ...systemClock, now: () => systemClock.now() + HOUR * 1000 - 100 };

  const early = await execute([patient], { maySuspend: true, history: historyOf(events), clock });

  expect(early.outcome).toBe("SUCCESS");
});

test("a run that is to try a step again soon stays for it", async () => {
  let tries = 0;
  const flaky = asset("flaky", { retryPolicy: { maxRetries: 1, delaySeconds: 0.05 } }, () => {
    if (++tries === 1) throw new Error("not yet");
  });
  const patient = asset("patient", (context) => context.sleep(HOUR));

  const { outcome } = await execute([flaky, patient], { maySuspend: true });

  expect([outcome, tries]).toEqual(["SUSPENDED", 2]);
});

test("a run that is interrupted while its only step waits is canceled at once", async () => {
  const interrupt = new AbortController();
  const patient = asset("patient", (context) => context.sleep(HOUR));
  const types: string[] = [];

  const { outcome } = await execute([patient], {
    signal: interrupt.signal,
    sink({ type }) {
      types.push(type);
      if (type === "STEP_WAITING") interrupt.abort();
    },
  });

  expect(outcome).toBe("CANCELED");
  expect(types.slice(-2)).toEqual(["STEP_WAITING", "RUN_CANCELED"]);
});

test.each([
  ["sleep must be a number", (context: AssetContext) => context.sleep(NaN)],
  ["every must be a number", (context: AssetContext) => context.waitFor(() => 1, { every: 0 })],
  ["sleepUntil takes a date", (context: AssetContext) => context.sleepUntil(new Date(NaN))],
  ["name of a wait contains", (context: AssetContext) => context.sleep(1, { name: "a\0b" })],
  ["2999-01-01", (context: AssetContext) => context.sleepUntil(new Date("2999-01-01"))],
])("what can't be waited for is refused: %s", async (message, wait) => {
  const broken = asset("broken", (context) => wait(context));

  await expect(materialize([broken])).rejects.toThrow(message);
});
