import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { SensorSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { createTestDatabase } from "../testing/test-database.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { launchAndDequeue, lifeEvent, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { InvalidEventCursor } from "./event-cursor.ts";
import { watchOfSensor } from "../ticks/sensor-watch.ts";
import { planSensorTick, type SensorTickEvents } from "./plan-sensor-tick.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);

/** A run whose worker says these events. */
async function run(events: readonly RunEvent[], tags: Record<string, string> = {}): Promise<string> {
  const { id } = await launchAndDequeue(db, { tags });
  await startAttempt(db, { runId: id, attempt: 1, workerId: "w7", place: "7@host", codeDigest: null });
  await appendRunEvents(db, {
    runId: id,
    attempt: 1,
    firstSequence: 0,
    events: [lifeEvent("RUN_START"), ...events],
  });
  return id;
}

function materialized(assetKey: string, partition: string | null = null): RunEvent {
  return {
    type: "ASSET_MATERIALIZATION",
    timestamp: Date.parse("2024-05-01T08:00:00Z"),
    message: "",
    stepKey: assetKey,
    assetKey,
    partition,
    metadata: { rows: { type: "int", value: 3 } },
    tags: { source: "crm" },
    dataVersion: "v1",
  };
}

const FAILED: RunEvent = {
  type: "RUN_FAILURE",
  reason: "STEP_FAILURE",
  error: null,
  timestamp: Date.parse("2024-05-01T09:00:00Z"),
  message: "Steps failed: greet",
};

type Watch = MessageInitShape<typeof SensorSchema>["watch"];

const ticks = (watch: Watch) => {
  const sensor = create(SensorSchema, { name: "s", ...(watch ? { watch } : {}) });
  return (eventCursor: string | null): Promise<SensorTickEvents> =>
    planSensorTick(db, TEST_DEPLOYMENT, "shop", watchOfSensor(sensor), eventCursor, "http://page.test");
};
const watchAssets = (all: boolean, ...assetKeys: string[]) =>
  ticks({ events: { case: "assets", value: { assetKeys, all } } });
const seenAssets = ({ events }: SensorTickEvents): string[] =>
  events.materializations.map(({ assetKey, partitionKey }) => `${assetKey} ${partitionKey ?? ""}`.trim());

test("a sensor that looks by itself is told of nothing", async () => {
  expect(await ticks(undefined)(null)).toEqual({
    events: { materializations: [], runs: [] },
    eventCursor: null,
    isEnough: true,
  });
});

test("a sensor on an asset sees the newest materialization first, then all that come after, once", async () => {
  const tick = watchAssets(false, "a1");
  const empty = await tick(null);
  expect(empty.events.materializations).toEqual([]);
  await run([materialized("a1", "mon"), materialized("other")]);
  const runId = await run([materialized("a1", "tue")]);

  const first = await tick(null);
  expect(first.events.materializations).toEqual([
    {
      assetKey: "a1",
      partitionKey: "tue",
      runId,
      happenedAt: "2024-05-01T08:00:00.000Z",
      metadata: { rows: { type: "int", value: 3 } },
      tags: { source: "crm" },
      dataVersion: "v1",
    },
  ]);
  expect(seenAssets(await tick(empty.eventCursor))).toEqual(["a1 mon", "a1 tue"]);

  await run([materialized("a1", "wed"), materialized("a1", "thu")]);
  const second = await tick(first.eventCursor);
  expect(seenAssets(second)).toEqual(["a1 wed", "a1 thu"]);
  expect(await tick(second.eventCursor)).toEqual({
    events: { materializations: [], runs: [] },
    eventCursor: second.eventCursor,
    isEnough: false,
  });
});

test("a sensor that waits for all keeps what it was told of until the last asset is there", async () => {
  const tick = watchAssets(true, "b1", "b2");
  await run([materialized("b1", "mon")]);
  const waiting = await tick(null);
  expect(seenAssets(waiting)).toEqual(["b1 mon"]);

  await run([materialized("b1", "tue"), materialized("b2")]);
  const ready = await tick(waiting.eventCursor);
  expect(seenAssets(ready)).toEqual(["b1 mon", "b1 tue", "b2"]);

  expect(seenAssets(await tick(ready.eventCursor))).toEqual([]);
});

test("more than fits is told in turns, and an asset with many updates does not hide another", async () => {
  const tick = watchAssets(false, "c1", "c2");
  const start = await tick(null);
  await run(Array.from({ length: 700 }, (_, index) => materialized("c1", `p${index}`)));
  await run([materialized("c2")]);

  const first = await tick(start.eventCursor);
  const second = await tick(first.eventCursor);

  expect(first.events.materializations).toHaveLength(501);
  expect(seenAssets(first).at(-1)).toBe("c2");
  expect(second.events.materializations).toHaveLength(200);
  expect(seenAssets(second)[0]).toBe("c1 p500");
});

test("events that two runs store at once are all seen", async () => {
  const tick = watchAssets(false, "d1");
  const start = await tick(null);
  const seen: string[] = [];
  let cursor = start.eventCursor;
  const writers = Promise.all(
    Array.from({ length: 8 }, (_, index) => run([materialized("d1", `p${index}`)])),
  );
  let writing = true;
  void writers.finally(() => (writing = false));
  for (let last = false; !last;) {
    last = !writing;
    const next = await tick(cursor);
    seen.push(...next.events.materializations.map(({ partitionKey }) => partitionKey ?? ""));
    cursor = next.eventCursor;
  }
  await writers;

  expect(seen.toSorted()).toEqual(["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"]);
});

test("a sensor on runs sees those of its jobs that have come to a watched status", async () => {
  const value = { statuses: ["FAILURE", "CANCELED"], jobNames: ["hello"], allLocations: false };
  const tick = ticks({ events: { case: "runs", value } });
  const before = await tick(null);
  expect(before.events.runs).toEqual([]);
  await run([lifeEvent("RUN_SUCCESS")]);
  const canceled = await run([lifeEvent("RUN_CANCELED"), FAILED]);
  const failed = await run([FAILED], { team: "sales" });

  const told = await tick(before.eventCursor);
  expect(told.events.runs).toMatchObject([
    { runId: canceled, status: "CANCELED" },
    {
      runId: failed,
      locationName: "shop",
      jobName: "hello",
      status: "FAILURE",
      partitionKey: null,
      tags: { team: "sales" },
      message: "Steps failed: greet",
      happenedAt: "2024-05-01T09:00:00.000Z",
    },
  ]);
  expect((await tick(told.eventCursor)).events.runs).toEqual([]);
  expect((await tick(null)).events.runs).toMatchObject([{ runId: failed }]);

  const elsewhere = create(SensorSchema, { watch: { events: { case: "runs", value } } });
  const everywhere = create(SensorSchema, {
    watch: { events: { case: "runs", value: { ...value, jobNames: [], allLocations: true } } },
  });
  const planFor = (sensor: typeof elsewhere) =>
    planSensorTick(
      db,
      TEST_DEPLOYMENT,
      "other",
      watchOfSensor(sensor),
      before.eventCursor,
      "http://page.test",
    );
  expect((await planFor(elsewhere)).events.runs).toEqual([]);
  expect((await planFor(everywhere)).events.runs).toHaveLength(2);
});

test("a cursor on runs goes on although nothing that matters has happened, and never goes back", async () => {
  const tick = ticks({ events: { case: "runs", value: { statuses: ["STARTING"], jobNames: ["nobody"] } } });
  const first = await tick(null);
  await run([]);
  const second = await tick(first.eventCursor);

  const seqOf = ({ eventCursor }: SensorTickEvents) => (JSON.parse(eventCursor ?? "") as { seq: number }).seq;
  expect(seqOf(second)).toBe(seqOf(first) + 3);
  const ahead = JSON.stringify({ kind: "runs", seq: 1_000_000 });
  expect((await tick(ahead)).eventCursor).toBe(ahead);
});

test("a cursor that no evaluation has answered is refused; one of another kind counts as none", async () => {
  const tick = watchAssets(false, "e1");
  await run([materialized("e1")]);
  const ofRuns = await ticks({ events: { case: "runs", value: { statuses: ["SUCCESS"] } } })(null);

  await expect(tick("yesterday")).rejects.toThrow(InvalidEventCursor);
  await expect(tick('{"kind":"assets","seen":{"e1":"x"}}')).rejects.toThrow("`eventCursor` must be one");
  expect(seenAssets(await tick(ofRuns.eventCursor))).toEqual(["e1"]);
});
