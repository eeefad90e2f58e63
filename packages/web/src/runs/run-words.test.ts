import { expect, test } from "vitest";
import {
  describeFailureReason,
  describeOrigin,
  describePartitions,
  describeRepetition,
  describeStatus,
  listMade,
  userTags,
} from "./run-words.ts";

test("reasons are words; one from a newer server is shown as it is", () => {
  expect(describeFailureReason("WORKER_DIED")).toBe("The worker died");
  // One that is only out of reach has not failed.
  expect(describeFailureReason("WORKER_LOST")).toBe("The worker was lost");
  expect(describeFailureReason("METEOR")).toBe("METEOR");
  expect(describeFailureReason(null)).toBe("The run failed");
});

test("a run that took too long says so, while its worker stops and when it has failed", () => {
  const tooLong = { failureReason: "MAX_RUNTIME_EXCEEDED", waitingUntil: null };
  expect(describeStatus({ ...tooLong, status: "CANCELING" })).toBe("Took too long, stopping");
  expect(describeStatus({ ...tooLong, status: "FAILURE" })).toBe("Failed: took too long");
  expect(describeStatus({ status: "CANCELING", failureReason: null, waitingUntil: null })).toBe("Canceling");
  expect(describeStatus({ status: "FAILURE", failureReason: "STEP_FAILURE", waitingUntil: null })).toBe(
    "Failed",
  );
});

test("a started run whose steps wait is waiting", () => {
  const run = { status: "STARTED", failureReason: null };
  expect(describeStatus({ ...run, waitingUntil: "2026-03-04T05:06:07Z" })).toBe("Waiting");
  expect(describeStatus({ ...run, waitingUntil: null })).toBe("Running");
});

test("the system's own tags are not the user's", () => {
  expect(userTags([{ key: "millrace/partition" }, { key: "team" }, { key: ".dagster/x" }])).toEqual([
    { key: "team" },
  ]);
});

test("a range of partitions is called by its ends", () => {
  expect(describePartitions({ partitionKey: "a", partitionRange: null })).toBe("a");
  expect(describePartitions({ partitionKey: null, partitionRange: { start: "a", end: "c" } })).toBe("a … c");
  expect(describePartitions({ partitionKey: null, partitionRange: null })).toBeNull();
});

test("a run says who or what launched it", () => {
  expect(describeOrigin({ kind: "USER", name: "ann" })).toBe("ann");
  expect(describeOrigin({ kind: "USER", name: null })).toBeNull();
  expect(describeOrigin({ kind: "SCHEDULE", name: "nightly" })).toBe("schedule nightly");
  expect(describeOrigin({ kind: "RETRY", name: null })).toBe("an automatic retry");
});

test("a run says which part of another one it repeats", () => {
  const tags = [{ key: "millrace/reexecution", value: "from_failure" }];
  expect(describeRepetition({ parentRunId: null, tags: [] })).toBe("first");
  expect(describeRepetition({ parentRunId: "x", tags })).toBe("from failure");
  expect(describeRepetition({ parentRunId: "x", tags: [] })).toBe("all steps");
});

test("a step's assets are those of its part, or the one that it is named after", () => {
  const steps = [
    { key: "raw__orders", assetKeys: [] },
    { key: "dbt[2]", assetKeys: ["users"] },
  ];
  const run = { assetKeys: ["raw/orders", "users", "days"], steps };

  expect([undefined, "raw__orders", "dbt[2]", "other"].map((step) => listMade(run, step))).toEqual([
    [],
    ["raw/orders"],
    ["users"],
    [],
  ]);
});
