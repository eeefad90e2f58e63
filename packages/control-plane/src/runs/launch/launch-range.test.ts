import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { describe, expect, test } from "vitest";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { findPartitionRecords } from "../../assets/asset-record-store.ts";
import { partitionStateOf } from "../../assets/asset-status.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import { addDynamicPartitions } from "../../partitions/dynamic-partition-store.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { startAttempt } from "../attempts/attempt-store.ts";
import { BadRequest } from "../../api/bad-request.ts";
import {
  launchAndDequeue,
  launchInput,
  serveLocation,
  TEST_DEPLOYMENT,
  type SnapshotInit,
  launchTestRun,
  repeatTestRun,
} from "../../testing/test-runs.ts";

const { db } = await createTestDatabase();

const days = { json: JSON.stringify({ type: "daily", start: "2024-01-01" }) };
const files = { json: JSON.stringify({ type: "dynamic", name: "files" }) };
const letters = { json: JSON.stringify({ type: "static", keys: ["a", "b", "c", "d", "e"] }) };
const asset = (key: string, partitions: { json: string }, policy?: object) => ({
  key,
  group: "g",
  executable: true,
  stepKey: key,
  partitions,
  ...(policy ? { backfillPolicy: JSON.stringify(policy) } : {}),
});
const LOCATION = {
  assets: [
    asset("sales", days),
    asset("visits", days, { type: "single_run" }),
    asset("late", { json: JSON.stringify({ type: "daily", start: "2024-01-03" }) }),
    asset("weekly", letters, { type: "multi_run", maxPartitionsPerRun: 2 }),
    asset("by_ops", letters),
    asset("rows", files),
  ],
  jobs: [
    {
      name: ASSET_JOB,
      implicit: true,
      assetKeys: ["sales", "visits", "late", "weekly", "by_ops", "rows"],
      steps: [
        ...["sales", "visits", "late", "weekly", "by_ops", "rows"].map((key) => ({ key, kind: "asset" })),
        { key: "by_ops.load", kind: "op" },
      ],
    },
    { name: "plain", steps: [{ key: "load", kind: "op" }] },
    { name: "ops", partitions: letters, steps: [{ key: "load", kind: "op" }] },
  ],
} satisfies SnapshotInit;
await serveLocation(db, "world", LOCATION);

const launch = (assetSelection: string[], start: string, end: string) =>
  launchTestRun(
    db,
    TEST_DEPLOYMENT,
    launchInput({ jobName: null, assetSelection, partitionRange: { start, end } }),
  );

describe("a range of partitions in one run", () => {
  test("is kept with all of its partitions, and again when it is repeated", async () => {
    const run = await launch(["sales", "visits"], "2024-01-30", "2024-02-02");
    const again = await repeatTestRun(db, run.id);

    for (const { partitionKey, partitionRange, partitionKeys } of [run, again]) {
      expect(partitionKey).toBeNull();
      expect(partitionRange).toEqual({ start: "2024-01-30", end: "2024-02-02" });
      expect(partitionKeys).toEqual(["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02"]);
    }
  });

  test.each([
    [["sales"], "2024-02-02", "2024-01-30", BadRequest, /comes after/],
    [["sales"], "2024-02-02", "2999-01-30", UnknownDefinition, /no partition "2999-01-30"/],
    [
      ["sales", "late"],
      "2024-01-02",
      "2024-01-05",
      UnknownDefinition,
      /"late" has no partition "2024-01-02"/,
    ],
    [["weekly"], "a", "c", BadRequest, /at most 2 partitions in one run, and the range has 3/],
    [["by_ops"], "a", "b", BadRequest, /Asset "by_ops" is made of ops/],
    [
      ["rows"],
      "x",
      "y",
      UnknownDefinition,
      /no partition "x": add it with `millrace partitions add files KEY`/,
    ],
  ] as const)("is refused for %j from %s to %s", async (keys, start, end, error, message) => {
    const launched = launch([...keys], start, end);
    await expect(launched).rejects.toThrow(message);
    await expect(launched).rejects.toBeInstanceOf(error);
  });

  test("is refused for a job of ops, beside a single partition, and where nothing is partitioned", async () => {
    const range = { partitionRange: { start: "a", end: "b" } };
    const ops = (change: object) =>
      launchTestRun(db, TEST_DEPLOYMENT, launchInput({ jobName: "ops", ...range, ...change }));
    await expect(ops({})).rejects.toThrow(/Job "ops" is made of ops/);
    await expect(ops({ partitionKey: "a" })).rejects.toThrow(/either `partitionKey` or `partitionRange`/);
    await expect(ops({ jobName: "plain" })).rejects.toThrow(/nothing in the run is partitioned/);
  });

  test("that fails leaves the partitions failed that it has not made", async () => {
    const { id: runId } = await launchAndDequeue(db, {
      jobName: null,
      assetSelection: ["sales"],
      partitionRange: { start: "2024-03-01", end: "2024-03-03" },
    });
    await startAttempt(db, { runId, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
    const details = { metadata: {}, tags: {}, dataVersion: null };
    const events = [
      { type: "RUN_START", timestamp: Date.now(), message: "" },
      {
        type: "ASSET_MATERIALIZATION",
        timestamp: Date.now(),
        message: "",
        stepKey: "sales",
        assetKey: "sales",
        partition: "2024-03-01",
        ...details,
      },
      { type: "RUN_FAILURE", timestamp: Date.now(), message: "", reason: "STEP_FAILURE", error: null },
    ];
    await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events });

    const days = ["2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04"];
    const records = await findPartitionRecords(db, TEST_DEPLOYMENT, "sales", days);
    expect(days.map((day) => partitionStateOf(records.get(day)))).toEqual([
      "materialized",
      "failed",
      "failed",
      "missing",
    ]);
  });
});

describe("a dynamic partition", () => {
  test("can be launched once its key was added", async () => {
    const one = () =>
      launchTestRun(
        db,
        TEST_DEPLOYMENT,
        launchInput({ jobName: null, assetSelection: ["rows"], partitionKey: "a.csv" }),
      );
    await expect(one()).rejects.toThrow(/Asset "rows" has no partition "a.csv"/);

    await addDynamicPartitions(db, TEST_DEPLOYMENT, "files", ["c.csv", "a.csv", "b.csv"]);

    expect(await one()).toMatchObject({ partitionKey: "a.csv" });
    expect((await launch(["rows"], "c.csv", "a.csv")).partitionKeys).toEqual(["c.csv", "a.csv"]);
  });
});
