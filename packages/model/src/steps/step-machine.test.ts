import { describe, expect, test } from "vitest";
import { fan, input, ready, start, step, succeed } from "./drive-steps.ts";
import { resolveInputs } from "./step-inputs.ts";
import {
  findStepState,
  hasFailed,
  holdBack,
  isDone,
  letThrough,
  missingOutputs,
  nextDueAt,
  onFailed,
  onOutput,
  onlyWaits,
  onSucceeded,
  onWaiting,
  takeChanges,
  takeReady,
} from "./step-machine.ts";

describe("a graph of plain steps", () => {
  test("a step starts once everything it depends on has succeeded", () => {
    const machine = start([step("a"), step("b"), step("c", ["a", "b"])]);

    expect(ready(machine)).toEqual(["a", "b"]);
    succeed(machine, "a");
    expect(ready(machine)).toEqual([]);
    succeed(machine, "b");
    expect(ready(machine)).toEqual(["c"]);
    succeed(machine, "c");

    expect(isDone(machine)).toBe(true);
    expect(hasFailed(machine)).toBe(false);
  });

  test("whatever is below a failure is abandoned, what is beside it goes on", () => {
    const machine = start([step("a"), step("b", ["a"]), step("c", ["b"]), step("other")]);
    ready(machine);

    onFailed(machine, "a", null);

    expect(takeChanges(machine)).toEqual([
      { stepKey: "b", state: "abandoned" },
      { stepKey: "c", state: "abandoned" },
    ]);
    expect([isDone(machine), hasFailed(machine)]).toEqual([false, true]);
    succeed(machine, "other");
    expect(isDone(machine)).toBe(true);
  });

  test("a step whose input was not emitted is skipped, and so is what is below it; the run does not fail", () => {
    const machine = start([step("a"), step("slow"), step("b", ["a", "slow"]), step("c", ["b"])]);
    ready(machine);

    onSucceeded(machine, "a");

    expect(takeChanges(machine)).toEqual([
      { stepKey: "b", state: "skipped" },
      { stepKey: "c", state: "skipped" },
    ]);
    expect(takeChanges(machine)).toEqual([]);
    succeed(machine, "slow");
    expect([isDone(machine), hasFailed(machine)]).toEqual([true, false]);
  });

  test("a list is fanned in without what is missing, and skips only when everything is missing", () => {
    const steps = [step("a"), step("b"), step("all", [], { inputs: [input("list", "a", "b")] })];
    const one = start(steps);
    ready(one);
    onSucceeded(one, "a");
    succeed(one, "b");
    expect(ready(one)).toEqual(["all"]);
    expect(resolveInputs(one, "all")[0]?.sources.map((source) => source.stepKey)).toEqual(["b"]);

    const none = start(steps);
    ready(none);
    onSucceeded(none, "a");
    onSucceeded(none, "b");
    expect(findStepState(none, "all")).toBe("skipped");
  });

  test("a blocking check holds back what is after it: a skipped one lets pass, a failed one does not", () => {
    const steps = [step("a"), step("check", ["a"]), step("b", [], { after: ["check"] })];
    const passed = start(steps);
    ready(passed);
    onSucceeded(passed, "a");
    expect(findStepState(passed, "check")).toBe("skipped");
    expect(ready(passed)).toEqual(["b"]);

    const failed = start(steps);
    ready(failed);
    succeed(failed, "a");
    ready(failed);
    onFailed(failed, "check", null);
    expect(takeChanges(failed)).toEqual([{ stepKey: "b", state: "abandoned" }]);
  });

  test("outputs that are required but missing are named", () => {
    const machine = start([
      step("a", [], { outputs: [{ name: "x" }, { name: "y" }, { name: "z", required: false }] }),
    ]);
    ready(machine);
    onOutput(machine, "a", "x");
    expect(missingOutputs(machine, "a")).toEqual(["y"]);
  });

  test("an output that is not declared, or emitted twice, is refused", () => {
    const machine = start([step("a"), fan]);
    ready(machine);
    onOutput(machine, "a", "result");
    expect(() => onOutput(machine, "a", "result")).toThrow("twice");
    expect(() => onOutput(machine, "a", "other")).toThrow('no output "other"');
    expect(() => onOutput(machine, "fan", "result")).toThrow("needs a mapping key");
    onOutput(machine, "fan", "result", "x");
    expect(() => onOutput(machine, "fan", "result", "x")).toThrow("twice");
  });

  test("with startOnOutputs a step starts while the one that emitted its input still runs", () => {
    const machine = start([step("a"), step("b", ["a"])], { startOnOutputs: true });
    ready(machine);
    onOutput(machine, "a", "result");
    expect(ready(machine)).toEqual(["b"]);
    onFailed(machine, "a", null);
    expect(findStepState(machine, "b")).toBe("running");
  });
});

describe("order and limits", () => {
  test("higher priority starts first, then the order of the graph", () => {
    const machine = start([
      step("low", [], { priority: -1 }),
      step("z"),
      step("a"),
      step("high", [], { priority: 5 }),
    ]);
    expect(ready(machine)).toEqual(["high", "a", "z", "low"]);
  });

  test("no more than maxConcurrent steps run at once", () => {
    const machine = start(
      ["a", "b", "c"].map((key) => step(key)),
      { maxConcurrent: 2 },
    );
    expect(ready(machine)).toEqual(["a", "b"]);
    expect(ready(machine)).toEqual([]);
    onFailed(machine, "b", null);
    expect(ready(machine)).toEqual(["c"]);
  });

  test("tag limits count a tag, one value of it, or each value of it", () => {
    const steps = ["a1", "a2", "b1", "b2"].map((key) => step(key, [], { tags: { db: key.charAt(0) } }));
    const first = (limit: object): string[] =>
      ready(start(steps, { tagLimits: [{ key: "db", limit: 1, ...limit }] }));
    expect(first({})).toEqual(["a1"]);
    expect(first({ value: "a" })).toEqual(["a1", "b1", "b2"]);
    expect(first({ perUniqueValue: true })).toEqual(["a1", "b1"]);
  });

  test("a step that two limits hold back starts when both have room", () => {
    const machine = start(
      [
        step("a", [], { tags: { x: "" } }),
        step("b", [], { tags: { y: "" } }),
        step("c", [], { tags: { x: "", y: "" } }),
      ],
      {
        tagLimits: [
          { key: "x", limit: 1 },
          { key: "y", limit: 1 },
        ],
      },
    );
    expect(ready(machine)).toEqual(["a", "b"]);
    succeed(machine, "a");
    expect(ready(machine)).toEqual([]);
    succeed(machine, "b");
    expect(ready(machine)).toEqual(["c"]);
  });

  test("a step without a pool slot is held back without using any slot of the run", () => {
    const machine = start([step("a"), step("b")], { maxConcurrent: 1 });
    expect(ready(machine)).toEqual(["a"]);
    holdBack(machine, "a");
    expect(ready(machine)).toEqual(["b"]);
    succeed(machine, "b");
    expect(ready(machine)).toEqual([]);
    letThrough(machine, "a");
    expect(takeReady(machine, 0)).toMatchObject([{ stepKey: "a", attempt: 1 }]);
  });
});

describe("retries", () => {
  test("a failed attempt is tried again when its wait is over, and what it emitted is forgotten", () => {
    const machine = start([step("a"), step("b", ["a"])]);
    ready(machine);
    onOutput(machine, "a", "result");
    onFailed(machine, "a", 5_000);

    expect([ready(machine, 4_999), nextDueAt(machine), isDone(machine)]).toEqual([[], 5_000, false]);
    expect(takeReady(machine, 5_000)).toMatchObject([{ stepKey: "a", attempt: 2 }]);
    onSucceeded(machine, "a");
    expect(findStepState(machine, "b")).toBe("skipped");
  });

  test("a waiting step uses no slot", () => {
    const machine = start([step("a"), step("b")], { maxConcurrent: 1 });
    ready(machine);
    onFailed(machine, "a", 5_000);
    expect(ready(machine)).toEqual(["b"]);
  });
});

describe("waits", () => {
  test("a step that waits uses no slot, and its attempt goes on when the wait is over", () => {
    const machine = start([step("a"), step("b"), step("c", ["a"])], { maxConcurrent: 1 });
    ready(machine);
    onOutput(machine, "a", "result");
    onWaiting(machine, "a", 5_000);

    expect(ready(machine)).toEqual(["b"]);
    succeed(machine, "b");
    expect([ready(machine, 4_999), nextDueAt(machine), isDone(machine)]).toEqual([[], 5_000, false]);
    expect(takeReady(machine, 5_000)).toMatchObject([{ stepKey: "a", attempt: 1, goesOn: true }]);
    onFailed(machine, "a", 6_000);
    expect(takeReady(machine, 6_000)).toMatchObject([{ stepKey: "a", attempt: 2, goesOn: false }]);
    onSucceeded(machine, "a");
    expect(findStepState(machine, "c")).toBe("skipped");
  });

  test("nothing but waits is left once nothing runs, may start or is to be retried", () => {
    const machine = start([step("a"), step("b"), step("c", ["a", "b"])]);
    ready(machine);
    onWaiting(machine, "a", 5_000);
    expect(onlyWaits(machine)).toBe(false);
    onFailed(machine, "b", 1_000);
    expect(onlyWaits(machine)).toBe(false);
    ready(machine, 1_000);
    succeed(machine, "b");
    expect(onlyWaits(machine)).toBe(true);
    ready(machine, 5_000);
    succeed(machine, "a");
    expect([onlyWaits(machine), ready(machine)]).toEqual([false, ["c"]]);
  });
});

test("10,000 steps in a chain, and 10,000 side by side under a tag limit, go through one by one", () => {
  const chain = Array.from({ length: 10_000 }, (_, i) => step(`s${i}`, i === 0 ? [] : [`s${i - 1}`]));
  const failing = start(chain);
  ready(failing);
  onFailed(failing, "s0", null);
  expect([isDone(failing), takeChanges(failing).length]).toEqual([true, 9_999]);

  const wide = start(
    Array.from({ length: 10_000 }, (_, i) => step(`s${i}`, [], { tags: { db: `${i % 7}` } })),
    { maxConcurrent: 20, tagLimits: [{ key: "db", limit: 2, perUniqueValue: true }] },
  );
  let most = 0;
  for (let running = ready(wide); running.length > 0; running.push(...ready(wide))) {
    most = Math.max(most, running.length);
    succeed(wide, ...running.splice(0, 1));
  }
  expect([isDone(wide), most]).toEqual([true, 14]);
});
