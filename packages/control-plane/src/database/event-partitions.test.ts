import { sql } from "kysely";
import { expect, test } from "vitest";
import { dropOldEventPartitions, ensureEventPartitions, selectEventPartitions } from "./event-partitions.ts";
import { createTestDatabase } from "../testing/test-database.ts";

const { db } = await createTestDatabase();

test("weeks begin on Monday at midnight UTC", () => {
  const names = (instant: string): string[] =>
    selectEventPartitions(new Date(instant), 1).map(({ name }) => name);

  expect(names("2026-03-15T23:59:59.999Z")).toEqual(["run_event_20260309", "run_event_20260316"]);
  expect(names("2026-03-16T00:00:00.000Z")).toEqual(["run_event_20260316", "run_event_20260323"]);
});

test("replicas that prepare the same weeks at once do not disturb each other", async () => {
  const now = new Date("2031-01-01T00:00:00Z");

  await Promise.all([
    ensureEventPartitions(db, now),
    ensureEventPartitions(db, now),
    ensureEventPartitions(db, now),
  ]);

  expect(await ensureEventPartitions(db, now)).toEqual([]);
});

test("a partition is dropped once its last event is too old", async () => {
  await ensureEventPartitions(db, new Date("2020-01-01T00:00:00Z"));
  await sql`insert into run_event (run_id, position, attempt, sequence, deployment_id, type, message, happened_at, stored_at, event)
    values (gen_random_uuid(), 0, 1, 0, 'default', 'LOG', '', now(), '2020-01-07', '{}')`.execute(db);

  expect(await dropOldEventPartitions(db, new Date("2020-01-12T23:59:59Z"))).toEqual(["run_event_20191230"]);
  expect(await dropOldEventPartitions(db, new Date("2020-01-13T00:00:00Z"))).toEqual(["run_event_20200106"]);
});
