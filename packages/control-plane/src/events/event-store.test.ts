import { describe, expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { failLostAttempts } from "../runs/attempts/end-attempt.ts";
import { findRun, type Run } from "../runs/run-store.ts";
import {
  launchAndDequeue,
  lifeEvent,
  logEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../testing/test-runs.ts";
import { listRunEvents } from "./event-store.ts";
import { listRunSteps } from "../runs/steps/step-store.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);

const error = { name: "Error", message: "no", stack: null, cause: null };
const started = (stepKey: string): RunEvent => ({
  type: "STEP_START",
  stepKey,
  timestamp: Date.now(),
  message: `STEP_START ${stepKey}`,
  attempt: 1,
});
const skipped = (stepKey: string): RunEvent => ({
  type: "STEP_SKIPPED",
  stepKey,
  timestamp: Date.now(),
  message: "",
});

async function runWith(events: readonly RunEvent[], change = {}): Promise<Run> {
  const run = await launchAndDequeue(db, change);
  await startAttempt(db, { runId: run.id, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
  await appendRunEvents(db, { runId: run.id, attempt: 1, firstSequence: 0, events });
  return (await findRun(db, TEST_DEPLOYMENT, run.id)) ?? run;
}

describe("pages of events", () => {
  test("go on where the last one ended", async () => {
    const run = await runWith([lifeEvent("RUN_START"), logEvent("a"), logEvent("b"), logEvent("c")]);

    const first = await listRunEvents(db, run, {}, -1, 4);
    const second = await listRunEvents(db, run, {}, first.lastPosition, 4);
    const third = await listRunEvents(db, run, {}, second.lastPosition, 4);

    expect([...first.nodes, ...second.nodes].map(({ position, type }) => `${position} ${type}`)).toEqual([
      "0 RUN_ENQUEUED",
      "1 RUN_STARTING",
      "2 RUN_START",
      "3 LOG",
      "4 LOG",
      "5 LOG",
    ]);
    expect([first, second, third].map(({ hasMore, lastPosition }) => [hasMore, lastPosition])).toEqual([
      [true, 3],
      [false, 5],
      [false, 5],
    ]);
  });

  test("filters choose by type, step, level and text; the next page starts behind what they left out", async () => {
    const warning: RunEvent = { ...logEvent("100% sure"), level: "WARNING" } as RunEvent;
    const run = await runWith([
      lifeEvent("RUN_START"),
      started("greet"),
      warning,
      logEvent("100 sure"),
      logEvent("end"),
    ]);
    const messages = async (filter: Parameters<typeof listRunEvents>[2]) =>
      (await listRunEvents(db, run, filter, -1, 100)).nodes.map(({ message }) => message);

    expect(await messages({ types: ["LOG"] })).toEqual(["100% sure", "100 sure", "end"]);
    expect(await messages({ stepKey: "greet" })).toEqual(["STEP_START greet"]);
    expect(await messages({ levels: ["WARNING", "ERROR"] })).toEqual(["100% sure"]);
    expect(await messages({ search: "100% SURE" })).toEqual(["100% sure"]);
    expect(await messages({ search: "nothing" })).toEqual([]);
    expect(await listRunEvents(db, run, { types: ["LOG"], search: "100%" }, -1, 100)).toMatchObject({
      lastPosition: 6,
      hasMore: false,
    });
  });

  test("a run of 100,000 events is paged from anywhere without reading what lies before", async () => {
    const run = await runWith([lifeEvent("RUN_START")]);
    for (let batch = 0; batch < 20; batch++) {
      const events = Array.from({ length: 5_000 }, (_, index) => logEvent(`line ${batch * 5_000 + index}`));
      await appendRunEvents(db, { runId: run.id, attempt: 1, firstSequence: 1 + batch * 5_000, events });
    }

    const page = await listRunEvents(db, run, {}, 99_000, 1_000);

    expect(page.nodes).toHaveLength(1_000);
    expect(page.nodes[0]).toMatchObject({ position: 99_001, message: "line 98998" });
    expect((await listRunEvents(db, run, { search: "line 77777" }, -1, 10)).nodes).toHaveLength(1);
    expect((await listRunSteps(db, run)).map(({ key }) => key)).toEqual(["greet", "wave"]);
  }, 60_000);
});

describe("the steps of a run", () => {
  test("are those of the job, with what became of them", async () => {
    const run = await runWith([
      lifeEvent("RUN_START"),
      started("greet"),
      { type: "STEP_FAILURE", stepKey: "greet", timestamp: 9_000, message: "f", error, metadata: {} },
      skipped("wave"),
    ]);

    expect(await listRunSteps(db, run)).toMatchObject([
      { key: "greet", state: "failure", upstream: [], attempts: 1, endedAt: new Date(9_000), error },
      { key: "wave", state: "skipped", upstream: ["greet"], error: null },
    ]);
  });

  test("are those of the selection, with the checks that belong to it", async () => {
    const run = await runWith([lifeEvent("RUN_START")], { jobName: null, assetSelection: ["orders"] });

    expect(await listRunSteps(db, run)).toMatchObject([
      { key: "orders", state: "pending", upstream: [] },
      { key: "orders_not_empty", upstream: ["orders"] },
    ]);
  });

  test("of a run that ended without them were abandoned", async () => {
    const run = await runWith([lifeEvent("RUN_START"), started("greet")]);
    await advance(61);
    await failLostAttempts(db, TEST_DEPLOYMENT);
    const ended = await findRun(db, TEST_DEPLOYMENT, run.id);

    expect((await listRunSteps(db, ended ?? run)).map(({ state }) => state)).toEqual([
      "abandoned",
      "skipped",
    ]);
  });
});
