import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../../testing/test-database.ts";
import { appendRunEvents } from "./append-run-events.ts";
import { EventsOutOfOrder, RunNotFound } from "../run-errors.ts";
import { BadRequest } from "../../api/bad-request.ts";
import { listRunEvents } from "../../events/event-store.ts";
import { findRun } from "../run-store.ts";
import {
  getTestRun,
  lifeEvent,
  logEvent,
  serveLocation,
  SHOP,
  startTestRun,
  TEST_DEPLOYMENT,
} from "../../testing/test-runs.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);

async function listStored(runId: string) {
  return db
    .selectFrom("run_event")
    .select(["position", "attempt", "sequence", "type", "message"])
    .where("run_id", "=", runId)
    .orderBy("position")
    .execute();
}

describe("storing a batch", () => {
  test("events get dense positions behind what is there, and the run becomes what they say", async () => {
    const runId = await startTestRun(db);

    const result = await appendRunEvents(db, {
      runId,
      attempt: 1,
      firstSequence: 1,
      events: [
        logEvent("one"),
        { type: "NEWER", timestamp: 1, message: "kept", extra: [1] },
        lifeEvent("RUN_SUCCESS", 5_000),
      ],
    });

    expect(result).toEqual({ nextSequence: 4, directive: "CONTINUE" });
    expect(
      (await listStored(runId)).map(({ position, attempt, sequence, type }) => [
        position,
        attempt,
        sequence,
        type,
      ]),
    ).toEqual([
      [0, 0, 0, "RUN_ENQUEUED"],
      [1, 0, 1, "RUN_STARTING"],
      [2, 1, 0, "RUN_START"],
      [3, 1, 1, "LOG"],
      [4, 1, 2, "NEWER"],
      [5, 1, 3, "RUN_SUCCESS"],
    ]);
    expect(await findRun(db, TEST_DEPLOYMENT, runId)).toMatchObject({
      status: "SUCCESS",
      endedAt: new Date(5_000),
    });
  });

  test("the whole event is kept, fields this version does not know included", async () => {
    const runId = await startTestRun(db);
    const event = { ...logEvent("x"), added: { later: [null, 1.5, "é"] } };
    const start = { type: "STEP_START", stepKey: "greet", attempt: 1, timestamp: 7, message: "m", level: 3 };

    await appendRunEvents(db, { runId, attempt: 1, firstSequence: 1, events: [event, start] });

    const run = await getTestRun(db, runId);
    const read = async () => {
      const { nodes } = await listRunEvents(db, run, { types: ["LOG", "STEP_START"] }, -1, 10);
      return nodes.map((stored) => stored.event);
    };
    expect(await read()).toEqual([event, start]);
    // As versions before stored it.
    const whole = JSON.stringify(event);
    await sql`update run_event set event = ${whole}::jsonb where run_id = ${runId} and type = 'LOG'`.execute(
      db,
    );
    expect(await read()).toEqual([event, start]);
  });

  test("text that the database can't store becomes U+FFFD", async () => {
    const runId = await startTestRun(db);

    await appendRunEvents(db, {
      runId,
      attempt: 1,
      firstSequence: 1,
      events: [logEvent("a\0b\ud800c \\u0000")],
    });

    expect((await listStored(runId)).at(-1)?.message).toBe("a\uFFFDb\uFFFDc \\u0000");
  });

  test("a malformed event refuses the batch and names the event and its field", async () => {
    const runId = await startTestRun(db);
    const events = [logEvent("fine"), { ...logEvent("bad"), level: "LOUD" }];

    const refused = appendRunEvents(db, { runId, attempt: 1, firstSequence: 1, events });

    await expect(refused).rejects.toThrow(BadRequest);
    await expect(refused).rejects.toThrow(/events\[1\].*`level` must be one of DEBUG/);
    expect(await listStored(runId)).toHaveLength(3);
  });

  test.each([
    ["an unknown run", randomUUID(), 1],
    ["something that is no id", "x' or true", 1],
  ])("%s is not found", async (_what, runId, attempt) => {
    await expect(appendRunEvents(db, { runId, attempt, firstSequence: 0, events: [] })).rejects.toThrow(
      RunNotFound,
    );
  });

  test("an attempt that there never was is not found", async () => {
    const runId = await startTestRun(db);

    await expect(appendRunEvents(db, { runId, attempt: 9, firstSequence: 0, events: [] })).rejects.toThrow(
      RunNotFound,
    );
  });
});

describe("exactly once", () => {
  test("what is stored already is passed over, what is new in the same batch is stored", async () => {
    const runId = await startTestRun(db);
    await appendRunEvents(db, {
      runId,
      attempt: 1,
      firstSequence: 1,
      events: [logEvent("1"), logEvent("2")],
    });

    const again = await appendRunEvents(db, {
      runId,
      attempt: 1,
      firstSequence: 1,
      events: [logEvent("1"), logEvent("2"), logEvent("3")],
    });

    expect(again.nextSequence).toBe(4);
    expect((await listStored(runId)).slice(3).map(({ message }) => message)).toEqual(["1", "2", "3"]);
  });

  test("the last batch of a finished run may come again", async () => {
    const runId = await startTestRun(db);
    const batch = { runId, attempt: 1, firstSequence: 1, events: [lifeEvent("RUN_SUCCESS")] };
    await appendRunEvents(db, batch);

    expect(await appendRunEvents(db, batch)).toEqual({ nextSequence: 2, directive: "CONTINUE" });
    expect(await listStored(runId)).toHaveLength(4);
  });

  test("a gap is refused with the sequence to go on with", async () => {
    const runId = await startTestRun(db);

    const refused = appendRunEvents(db, { runId, attempt: 1, firstSequence: 3, events: [logEvent("3")] });

    await expect(refused).rejects.toThrow(EventsOutOfOrder);
    await expect(refused).rejects.toMatchObject({ code: "events_out_of_order", expected: 1 });
    expect(await listStored(runId)).toHaveLength(3);
  });

  test("many senders of overlapping batches at once store every event once, in order", async () => {
    const runId = await startTestRun(db);
    const all = Array.from({ length: 60 }, (_, index) => logEvent(`${index + 1}`));

    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, sender) => {
        const first = (sender * 7) % 50;
        return appendRunEvents(db, {
          runId,
          attempt: 1,
          firstSequence: first + 1,
          events: all.slice(first, first + 11),
        });
      }),
    );
    await appendRunEvents(db, { runId, attempt: 1, firstSequence: 1, events: all });

    const refusals = results.flatMap((result) =>
      result.status === "rejected" ? [result.reason as unknown] : [],
    );
    expect(refusals.every((reason) => reason instanceof EventsOutOfOrder)).toBe(true);
    const stored = await listStored(runId);
    expect(stored.slice(3).map(({ message }) => message)).toEqual(all.map(({ message }) => message));
    expect(stored.map(({ position }) => position)).toEqual(stored.map((_, index) => index));
  });

  test("a transaction that is aborted stores nothing, and the batch can be sent again", async () => {
    const runId = await startTestRun(db);
    const batch = { runId, attempt: 1, firstSequence: 1, events: [logEvent("1"), lifeEvent("RUN_SUCCESS")] };

    const crash = db.transaction().execute(async (trx) => {
      await appendRunEvents(trx, batch);
      throw new Error("the power goes");
    });

    await expect(crash).rejects.toThrow("the power goes");
    expect(await findRun(db, TEST_DEPLOYMENT, runId)).toMatchObject({ status: "STARTED" });
    expect(await appendRunEvents(db, batch)).toMatchObject({ nextSequence: 3 });
    expect(await listStored(runId)).toHaveLength(5);
  });

  test("a large batch is stored whole", async () => {
    const runId = await startTestRun(db);
    const events = Array.from({ length: 5_000 }, (_, index) => logEvent(`line ${index}`));

    expect(await appendRunEvents(db, { runId, attempt: 1, firstSequence: 1, events })).toMatchObject({
      nextSequence: 5_001,
    });
    expect((await listStored(runId)).at(-1)).toMatchObject({ position: 5_002, message: "line 4999" });
  });
});

describe("fencing", () => {
  test("a superseded attempt is told so, and nothing it sends is kept", async () => {
    const runId = await startTestRun(db);
    await db.updateTable("run").set({ attempt: 2 }).where("id", "=", runId).execute();

    const result = await appendRunEvents(db, {
      runId,
      attempt: 1,
      firstSequence: 1,
      events: [lifeEvent("RUN_SUCCESS")],
    });

    expect(result).toEqual({ nextSequence: 1, directive: "SUPERSEDED" });
    expect(await listStored(runId)).toHaveLength(3);
    expect(await findRun(db, TEST_DEPLOYMENT, runId)).toMatchObject({ status: "STARTED" });
  });
});
