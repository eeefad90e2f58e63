import { expect, test } from "vitest";
import {
  planFromAssetFailure,
  planFromFailure,
  withDownstream,
  type EarlierRun,
  type StepResult,
} from "./re-execution.ts";
import { createStepGraph, type StepDefinition } from "./step-graph.ts";

function step(key: string, dependencies: readonly string[] = [], dynamic = false): StepDefinition {
  return {
    key,
    inputs: dependencies.map((name) => ({
      name,
      kind: name.startsWith("*") ? "collect" : "single",
      sources: [{ stepKey: name.replace("*", ""), outputName: "result" }],
    })),
    outputs: [{ name: "result", required: false, dynamic }],
  };
}
function failedRun(results: Record<string, StepResult>, more: Partial<EarlierRun> = {}): EarlierRun {
  return {
    status: "FAILURE",
    selection: null,
    results: new Map(Object.entries(results)),
    outputs: {},
    ...more,
  };
}
const mapped = createStepGraph([step("fan", [], true), step("work", ["fan"]), step("merge", ["*work"])]);

test("failed, unfinished and never started steps run again, with what is downstream of them", () => {
  const graph = createStepGraph([step("a"), step("b", ["a"]), step("c", ["b"]), step("d"), step("e", ["d"])]);

  const plan = planFromFailure(graph, failedRun({ a: "success", b: "failure", d: "started" }));

  expect(plan).toEqual({ steps: ["b", "c", "d", "e"].sort(byGraph(graph)), unstartedCopies: [] });
});

test("skipped steps stay skipped", () => {
  const graph = createStepGraph([step("a"), step("b"), step("c", ["a", "b"])]);
  expect(planFromFailure(graph, failedRun({ a: "success", b: "failure", c: "skipped" })).steps).toEqual([
    "b",
  ]);
});

test("only the failed copies of a mapped step run again, and whatever collects them", () => {
  const run = failedRun(
    { fan: "success", "work[x]": "success", "work[y]": "failure" },
    { outputs: { fan: { result: ["x", "y"] } } },
  );
  expect(planFromFailure(mapped, run).steps).toEqual(["work[y]", "merge"]);
});

test("copies that had not started when the worker died are named too", () => {
  const run = failedRun(
    { fan: "success", "work[x]": "success", "work[y]": "started" },
    { outputs: { fan: { result: ["x", "y", "z"] } } },
  );
  expect(planFromFailure(mapped, run)).toEqual({ steps: ["work[y]", "merge"], unstartedCopies: ["work[z]"] });
});

test("when the emitting step runs again, so do all copies", () => {
  expect(planFromFailure(mapped, failedRun({ fan: "failure" })).steps).toEqual(["fan", "work[?]", "merge"]);
});

test("a re-execution of a re-execution looks only at what the latter was to run", () => {
  const graph = createStepGraph([step("a"), step("b"), step("c", ["b"])]);
  expect(planFromFailure(graph, failedRun({ b: "failure" }, { selection: ["b", "c"] })).steps).toEqual([
    "b",
    "c",
  ]);
});

test("a run that has not failed, or has nothing left to do, is refused", () => {
  const graph = createStepGraph([step("a")]);
  expect(() => planFromFailure(graph, failedRun({ a: "success" }, { status: "SUCCESS" }))).toThrow(
    "Only a failed or canceled",
  );
  expect(() => planFromFailure(graph, failedRun({ a: "success" }, { status: "CANCELED" }))).toThrow(
    "No step of the run",
  );
});

test("from asset failure: what was planned but not produced", () => {
  expect(planFromAssetFailure("FAILURE", ["a", "b", "b:check"], new Set(["a"]))).toEqual(["b", "b:check"]);
  expect(() => planFromAssetFailure("FAILURE", ["a"], new Set(["a"]))).toThrow("produced everything");
});

test("from chosen steps: these and all downstream", () => {
  const graph = createStepGraph([step("a"), step("b", ["a"]), step("c", ["b"]), step("d")]);
  expect(withDownstream(graph, ["b"])).toEqual(["b", "c"]);
});

test("downstream of one copy is that copy of the next step, then what collects them; of the emitting step all copies", () => {
  const graph = createStepGraph([
    step("fan", [], true),
    step("work", ["fan"]),
    step("more", ["work"]),
    step("merge", ["*more"]),
  ]);

  expect(withDownstream(graph, ["work[x]", "work[y]"])).toEqual([
    "work[x]",
    "work[y]",
    "more[x]",
    "more[y]",
    "merge",
  ]);
  expect(withDownstream(graph, ["fan"])).toEqual(["fan", "work[?]", "more[?]", "merge"]);
  expect(withDownstream(graph, ["work", "more[x]"])).toEqual(["work[?]", "more[?]", "merge"]);
});

function byGraph(graph: ReturnType<typeof createStepGraph>): (a: string, b: string) => number {
  const keys = [...graph.steps.keys()];
  return (a, b) => keys.indexOf(a) - keys.indexOf(b);
}
