import { expect, test } from "vitest";
import type { PartitionsDefinition } from "../partitions/definition.ts";
import type { PartitionMapping } from "../partitions/mappings/mapping.ts";
import { comparedPartitions } from "./compared-partitions.ts";
import type { VersionGraph } from "./version-facts.ts";
import { listInputs } from "./versioned-inputs.ts";

interface Node {
  /** By key; null: the inferred mapping. */
  readonly deps?: Readonly<Record<string, PartitionMapping | null>>;
  readonly partitions?: PartitionsDefinition;
  readonly isVirtual?: boolean;
  readonly isExternal?: boolean;
}

const now = Date.UTC(2024, 0, 4, 12);
const daily: PartitionsDefinition = { type: "daily", start: "2024-01-01" };
const hourly: PartitionsDefinition = { type: "hourly", start: "2024-01-01" };
const dayBefore: PartitionMapping = { type: "time_window", startOffset: -1, endOffset: -1 };

function createGraph(nodes: Readonly<Record<string, Node>>): VersionGraph {
  return {
    findAsset(key) {
      const node = nodes[key];
      if (!node) return null;
      const { deps = {}, partitions, isVirtual = false, isExternal = isVirtual } = node;
      const isPartitioned = partitions !== undefined;
      return { deps: Object.keys(deps), codeVersion: null, isExternal, isPartitioned, isVirtual };
    },
    dependencyPartitions(key, partition, dep) {
      const edge = { upstream: nodes[dep]?.partitions ?? null, downstream: nodes[key]?.partitions ?? null };
      return comparedPartitions({ ...edge, mapping: nodes[key]?.deps?.[dep] ?? null }, partition, now);
    },
  };
}

function inputsOf(nodes: Readonly<Record<string, Node>>, key: string, partition: string | null = null) {
  return [...listInputs(createGraph(nodes), key, partition).values()].map(
    ({ key: input, partitions, through }) => [input, partitions, through],
  );
}

test("partitions are mapped along all edges to what is behind a virtual asset", () => {
  const nodes: Readonly<Record<string, Node>> = {
    events: { partitions: daily },
    hours: { partitions: hourly },
    late: { partitions: daily, deps: { events: dayBefore, hours: null }, isVirtual: true },
    report: { partitions: daily, deps: { late: dayBefore } },
    total: { deps: { late: null } },
  };
  const [events, hours] = inputsOf(nodes, "report", "2024-01-03");
  expect(events).toEqual(["events", ["2024-01-01"], ["late"]]);
  expect(hours?.[1]).toHaveLength(24);
  expect(inputsOf(nodes, "report", "2024-01-01")).toEqual([
    ["events", [], ["late"]],
    ["hours", [], ["late"]],
  ]);
  expect(inputsOf(nodes, "total")[0]).toEqual(["events", ["2024-01-01", "2024-01-02"], ["late"]]);
});

test("what is an input in several ways is one input, of all its partitions", () => {
  const nodes: Readonly<Record<string, Node>> = {
    events: { partitions: daily },
    late: { partitions: daily, deps: { events: dayBefore }, isVirtual: true },
    report: { partitions: daily, deps: { late: null, events: null } },
  };
  expect(inputsOf(nodes, "report", "2024-01-03")).toEqual([["events", ["2024-01-02", "2024-01-03"], []]]);
});

test("so many partitions behind several virtual assets are the asset as a whole", () => {
  const many: PartitionsDefinition = { type: "hourly", start: "2023-12-01" };
  const nodes: Readonly<Record<string, Node>> = {
    hours: { partitions: many },
    days: { partitions: { type: "daily", start: "2023-12-01" }, deps: { hours: null }, isVirtual: true },
    month: { deps: { days: null } },
  };
  expect(inputsOf(nodes, "month")).toEqual([["hours", [null], ["days"]]]);
});

test("a virtual asset of which nothing is known stands for itself, one with code besides", () => {
  const nodes: Readonly<Record<string, Node>> = {
    a: {},
    unknown: { isVirtual: true },
    made: { deps: { a: null }, isVirtual: true, isExternal: false },
    report: { deps: { unknown: null, made: null, elsewhere: null } },
  };
  expect(inputsOf(nodes, "report")).toEqual([
    ["a", [null], ["made"]],
    ["elsewhere", [null], []],
    ["made", [null], []],
    ["unknown", [null], []],
  ]);
});

test("virtual assets of several locations that depend on each other end", () => {
  const nodes: Readonly<Record<string, Node>> = {
    a: {},
    one: { deps: { two: null, a: null }, isVirtual: true },
    two: { deps: { one: null }, isVirtual: true },
    report: { deps: { two: null } },
  };
  expect(inputsOf(nodes, "report")).toEqual([["a", [null], ["two", "one"]]]);
});
