import { describe, expect, test } from "vitest";
import type { TagConcurrencyLimit } from "../deployments/settings.ts";
import { listFullSlots, selectRunnable, type RunInQueue, type RunLimits } from "./select-runnable.ts";

const unlimited: RunLimits = { maxConcurrentRuns: 100, tagConcurrencyLimits: [] };
const run = (id: string, change: Partial<RunInQueue> = {}): RunInQueue => ({
  id,
  priority: 0,
  queuedAt: 0,
  tags: {},
  ...change,
});
const ids = (runs: readonly RunInQueue[]) => runs.map(({ id }) => id);

describe("the order of the queue", () => {
  test("higher priority first, then the order of submission, then the id", () => {
    const queued = [
      run("d", { queuedAt: 2 }),
      run("b", { queuedAt: 1 }),
      run("a", { queuedAt: 1 }),
      run("c", { priority: 1, queuedAt: 9 }),
    ];

    expect(ids(selectRunnable(queued, [], unlimited))).toEqual(["c", "a", "b", "d"]);
  });
});

describe("the limit of the deployment", () => {
  const queued = [run("a"), run("b"), run("c")];

  test.each([
    [3, 0, ["a", "b", "c"]],
    [3, 1, ["a", "b"]],
    [3, 3, []],
    [1, 5, []],
    [0, 0, []],
  ])("%s at once, %s active: %j", (maxConcurrentRuns, active, expected) => {
    const holders = Array.from({ length: active }, () => ({ tags: {} }));

    expect(ids(selectRunnable(queued, holders, { maxConcurrentRuns, tagConcurrencyLimits: [] }))).toEqual(
      expected,
    );
  });
});

describe("limits for tags", () => {
  const customer = (value: string) => ({ tags: { customer: value } });

  test("a run that is held back lets those behind it pass", () => {
    const limits = {
      ...unlimited,
      tagConcurrencyLimits: [{ key: "customer", value: "x", perUniqueValue: false, limit: 1 }],
    };
    const queued = [run("a", customer("x")), run("b", customer("x")), run("c", customer("y")), run("d")];

    expect(ids(selectRunnable(queued, [], limits))).toEqual(["a", "c", "d"]);
    expect(ids(selectRunnable(queued, [customer("x")], limits))).toEqual(["c", "d"]);
  });

  test("a limit without a value counts all values together, or each for itself", () => {
    const queued = [run("a", customer("x")), run("b", customer("y")), run("c", customer("x"))];
    const limit = { key: "customer", value: null, limit: 1 };

    expect(
      ids(
        selectRunnable(queued, [], {
          ...unlimited,
          tagConcurrencyLimits: [{ ...limit, perUniqueValue: false }],
        }),
      ),
    ).toEqual(["a"]);
    expect(
      ids(
        selectRunnable(queued, [], {
          ...unlimited,
          tagConcurrencyLimits: [{ ...limit, perUniqueValue: true }],
        }),
      ),
    ).toEqual(["a", "b"]);
  });

  test("every limit that applies must have room", () => {
    const tagConcurrencyLimits = [
      { key: "customer", value: null, perUniqueValue: true, limit: 5 },
      { key: "heavy", value: "true", perUniqueValue: false, limit: 1 },
    ];
    const heavy = { tags: { customer: "x", heavy: "true" } };

    expect(
      ids(selectRunnable([run("a", heavy), run("b", heavy)], [], { ...unlimited, tagConcurrencyLimits })),
    ).toEqual(["a"]);
  });
});

test("full slots are the tags that hold back every run that has them", () => {
  const active = ["x", "x", "y"].map((value) => ({ tags: { customer: value } }));
  const limit = { key: "customer", value: null, perUniqueValue: false, limit: 3 };
  const fullOf = (change: Partial<TagConcurrencyLimit>) =>
    listFullSlots(active, { tagConcurrencyLimits: [{ ...limit, ...change }] });

  expect(fullOf({})).toEqual([{ key: "customer", values: null }]);
  expect(fullOf({ limit: 4 })).toEqual([]);
  expect(fullOf({ value: "x", limit: 2 })).toEqual([{ key: "customer", values: ["x"] }]);
  expect(fullOf({ value: "y", limit: 2 })).toEqual([]);
  expect(fullOf({ perUniqueValue: true, limit: 2 })).toEqual([{ key: "customer", values: ["x"] }]);
  expect(fullOf({ perUniqueValue: true, limit: 0 })).toEqual([{ key: "customer", values: null }]);
});
