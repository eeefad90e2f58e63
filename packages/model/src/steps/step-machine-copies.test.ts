import { describe, expect, test } from "vitest";
import { fan, input, ready, start, step, succeed, succeedFan } from "./drive-steps.ts";
import { createStepGraph } from "./step-graph.ts";
import { resolveInputs } from "./step-inputs.ts";
import { isDone, nextDueAt, onFailed, onSucceeded, takeChanges, takeReady } from "./step-machine.ts";
import { collectOutputs, snapshotSteps } from "./step-snapshot.ts";

describe("dynamic outputs", () => {
  const mapped = [
    fan,
    step("side"),
    step("work", ["fan", "side"]),
    step("refine", ["work"]),
    step("merge", [], { inputs: [input("collect", "refine")] }),
  ];

  test("a mapped step runs once per mapping key, and collecting waits for all copies", () => {
    const machine = start(mapped);
    ready(machine);
    succeedFan(machine, "y", "x");
    expect(ready(machine)).toEqual([]);
    succeed(machine, "side");
    expect(ready(machine)).toEqual(["work[y]", "work[x]"]);
    expect(resolveInputs(machine, "work[x]")).toMatchObject([
      { name: "fan", sources: [{ stepKey: "fan", outputName: "result", mappingKey: "x" }] },
      { name: "side", sources: [{ stepKey: "side", outputName: "result", mappingKey: null }] },
    ]);
    succeed(machine, "work[x]", "work[y]");
    expect(ready(machine)).toEqual(["refine[y]", "refine[x]"]);
    expect(resolveInputs(machine, "refine[x]")[0]?.sources[0]?.stepKey).toBe("work[x]");
    succeed(machine, "refine[x]", "refine[y]");
    expect(ready(machine)).toEqual(["merge"]);
    expect(resolveInputs(machine, "merge")[0]?.sources.map((source) => source.stepKey)).toEqual([
      "refine[y]",
      "refine[x]",
    ]);
    succeed(machine, "merge");
    expect(isDone(machine)).toBe(true);
  });

  test("without any mapping key an empty list is collected", () => {
    const machine = start(mapped);
    ready(machine);
    succeedFan(machine);
    expect(ready(machine)).toEqual(["merge"]);
    expect(resolveInputs(machine, "merge")[0]?.sources).toEqual([]);
  });

  test("skipped copies are left out of what is collected, which is skipped only when all are", () => {
    const machine = start(mapped);
    ready(machine);
    succeed(machine, "side");
    succeedFan(machine, "x", "y");
    ready(machine);
    onSucceeded(machine, "work[x]");
    expect(takeChanges(machine)).toEqual([{ stepKey: "refine[x]", state: "skipped" }]);
    onSucceeded(machine, "work[y]");
    expect(takeChanges(machine)).toEqual([
      { stepKey: "refine[y]", state: "skipped" },
      { stepKey: "merge", state: "skipped" },
    ]);
  });

  test("a copy that fails abandons what collects it, the other copies go on", () => {
    const machine = start(mapped);
    ready(machine);
    succeed(machine, "side");
    succeedFan(machine, "x", "y");
    ready(machine);
    onFailed(machine, "work[x]", null);
    expect(takeChanges(machine).map((change) => change.stepKey)).toEqual(["refine[x]", "merge"]);
    succeed(machine, "work[y]");
    expect(ready(machine)).toEqual(["refine[y]"]);
  });

  test("when the emitting step fails or is skipped, its copies go the same way before they exist", () => {
    const failed = start(mapped);
    ready(failed);
    onFailed(failed, "fan", null);
    expect(takeChanges(failed)).toEqual([
      { stepKey: "work[?]", state: "abandoned" },
      { stepKey: "refine[?]", state: "abandoned" },
      { stepKey: "merge", state: "abandoned" },
    ]);

    const skipped = start([
      step("first"),
      ...mapped,
      { ...fan, key: "fan2", inputs: [input("single", "first")] },
      step("w2", ["fan2"]),
    ]);
    ready(skipped);
    onSucceeded(skipped, "first");
    expect(takeChanges(skipped)).toEqual([
      { stepKey: "fan2", state: "skipped" },
      { stepKey: "w2[?]", state: "skipped" },
    ]);
  });

  test("a dynamic output can be collected directly", () => {
    const machine = start([fan, step("merge", [], { inputs: [input("collect", "fan")] })]);
    ready(machine);
    succeedFan(machine, "x", "y");
    ready(machine);
    expect(resolveInputs(machine, "merge")[0]?.sources.map((source) => source.mappingKey)).toEqual([
      "x",
      "y",
    ]);
  });

  test("mapping inside mapping is refused", () => {
    const inner = step("inner", ["fan"], { outputs: [{ name: "result", dynamic: true }] });
    expect(() => createStepGraph([fan, inner])).toThrow("can not have a dynamic output itself");
    expect(() => createStepGraph([fan, { ...fan, key: "fan2" }, step("both", ["fan", "fan2"])])).toThrow(
      "collect one of them first",
    );
  });
});

describe("part of the graph", () => {
  test("outputs of steps outside the selection are taken to exist unless it is known that they do not", () => {
    const steps = [step("a"), step("b", ["a"]), step("c", ["b"])];
    expect(ready(start(steps, { selection: ["b", "c"] }))).toEqual(["b"]);

    const known = start(steps, { selection: ["b", "c"], knownOutputs: { a: {} } });
    expect(takeChanges(known).map((change) => change.stepKey)).toEqual(["b", "c"]);
  });

  test("single copies run again with the mapping keys of the earlier run", () => {
    const steps = [fan, step("work", ["fan"]), step("merge", [], { inputs: [input("collect", "work")] })];
    const knownOutputs = { fan: { result: ["x", "y"] }, "work[x]": { result: null } };
    const machine = start(steps, { selection: ["work[y]", "merge"], knownOutputs });

    expect(ready(machine)).toEqual(["work[y]"]);
    succeed(machine, "work[y]");
    expect(ready(machine)).toEqual(["merge"]);
    expect(resolveInputs(machine, "merge")[0]?.sources.map((source) => source.stepKey)).toEqual([
      "work[x]",
      "work[y]",
    ]);
  });

  test("mapping keys that are needed but not known are an error", () => {
    const steps = [fan, step("work", ["fan"]), step("merge", [], { inputs: [input("collect", "work")] })];
    expect(() => start(steps, { selection: ["work", "merge"] })).toThrow("not known");
    expect(ready(start(steps, { selection: ["work[y]"] }))).toEqual(["work[y]"]);
    expect(() => start(steps, { selection: ["fan", "merge"] })).toThrow("select that step too");
  });
});

describe("a worker that takes over", () => {
  test("finished steps stay finished, running ones start again as a further attempt", () => {
    const steps = [
      fan,
      step("work", ["fan"]),
      step("merge", [], { inputs: [input("collect", "work")] }),
      step("flaky"),
    ];
    const first = start(steps);
    ready(first);
    succeedFan(first, "x", "y");
    onFailed(first, "flaky", 9_000);
    ready(first);
    succeed(first, "work[x]");

    const snapshot: unknown = JSON.parse(JSON.stringify(snapshotSteps(first)));
    const second = start(steps, { resume: snapshot as ReturnType<typeof snapshotSteps> });

    expect(takeReady(second, 0)).toMatchObject([{ stepKey: "work[y]", attempt: 2 }]);
    expect(nextDueAt(second)).toBe(9_000);
    succeed(second, "work[y]");
    expect(ready(second)).toEqual(["merge"]);
    expect(collectOutputs(second)).toMatchObject({
      fan: { result: ["x", "y"] },
      "work[x]": { result: null },
    });
  });
});
