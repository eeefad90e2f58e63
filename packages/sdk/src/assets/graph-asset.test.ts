import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { assetCheck } from "../checks/asset-check.ts";
import { checkSpec } from "./check-spec.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { graph } from "../graphs/graph.ts";
import type { Handle } from "../graphs/handle.ts";
import { op } from "../graphs/op.ts";
import { optionalOutput } from "../graphs/op-outputs.ts";
import { partitionMapping } from "../partitions/partition-mapping.ts";
import { daily } from "../partitions/partitions.ts";
import { resource } from "../resources/resource.ts";
import { materialize } from "../testing/execute.ts";
import type { Asset } from "./asset-definition.ts";
import { asset } from "./asset.ts";
import { materializeResult } from "./asset-result.ts";
import { dep } from "./dependency.ts";
import { graphAsset } from "./graph-asset.ts";

const raw = asset("raw", () => [3, 1, 2]);
const sort = op("sort", (_context, numbers: number[]) => numbers.toSorted((a, b) => a - b));
const median = op("median", (_context, numbers: number[]) => numbers[numbers.length >> 1] ?? 0);

test("the ops of its graph are steps, and its value flows on", async () => {
  const middle = graphAsset("stats/middle", { deps: [raw] }, (numbers) => {
    expectTypeOf(numbers).toEqualTypeOf<Handle<number[]>>();
    return median(sort(numbers));
  });
  expectTypeOf(middle).toExtend<Asset<number, undefined>>();
  const report = asset("report", { deps: [middle] }, (_context, value) => `middle: ${value}`);

  const result = await materialize([raw, middle, report]);

  expect(result.value(report)).toBe("middle: 2");
  expect(result.eventsOf("STEP_SUCCESS").map(({ stepKey }) => stepKey)).toEqual([
    "raw",
    "stats__middle.sort",
    "stats__middle.median",
    "stats__middle",
    "report",
  ]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([
    { assetKey: "raw" },
    { assetKey: "stats/middle", stepKey: "stats__middle" },
    { assetKey: "report" },
  ]);
});

test("edges into and out of the graph are typed", () => {
  const names = asset("names", () => ["ada"]);
  // @ts-expect-error names are not numbers
  graphAsset("wrong", { deps: [names] }, (values) => median(values));
  const middle = graphAsset("middle", { deps: [raw] }, (numbers) => median(numbers));
  // @ts-expect-error the median is a number
  asset("wrong", { deps: [middle] }, (_context, value: string) => value);
  expectTypeOf(middle).toExtend<Asset<number, undefined>>();
});

test("values of assets outside the run reach any op, also in nested graphs, with their resources and config", async () => {
  const factor = resource("factor", { setup: () => 10 });
  const scale = op(
    "scale",
    { resources: { factor }, config: z.object({ by: z.number() }) },
    (context, numbers: number[]) => numbers.map((n) => n * context.resources.factor * context.config.by),
  );
  const prepare = graph("prepare", (numbers: Handle<number[]>) => sort(scale(numbers)));
  const middle = graphAsset("middle", { deps: [raw] }, (numbers) => median(prepare(numbers)));

  const result = await materialize([middle], {
    values: [[raw, [1, 2, 3]]],
    config: { "middle.prepare.scale": { by: 2 } },
  });

  expect(result.value(middle)).toBe(40);
});

test("finish says more about what the graph returned", async () => {
  const middle = graphAsset(
    "middle",
    { deps: [raw], checks: [checkSpec("positive")] },
    (numbers) => median(numbers),
    (_context, value) =>
      materializeResult({ value: String(value), metadata: { value }, checks: { positive: value > 0 } }),
  );
  expectTypeOf(middle).toExtend<Asset<string, undefined>>();

  const result = await materialize([raw, middle]);

  expect(result.value(middle)).toBe("1");
  expect(result.eventsOf("ASSET_MATERIALIZATION")[1]?.metadata).toEqual({ value: { type: "int", value: 1 } });
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ assetKey: "middle", passed: true }]);
});

test("the graph waits for what only comes first and for blocking checks", async () => {
  const order: string[] = [];
  const first = asset("first", () => void order.push("first"));
  const work = op("work", () => order.push("work"));
  const made = graphAsset("made", { after: [first] }, () => work());
  await materialize([made, first]);
  expect(order).toEqual(["first", "work"]);

  const bad = assetCheck("bad", { asset: first, blocking: true, loadsValue: false }, () => false);
  const result = await materialize([made, first, bad], { throwOnFailure: false });
  expect(result.eventsOf("STEP_START").map(({ stepKey }) => stepKey)).toEqual(["first", "first_bad"]);
});

test("an output that an op leaves out skips the asset", async () => {
  const maybe = op("maybe", { outputs: { value: optionalOutput<number>() } }, () => ({}));
  const made = graphAsset("made", {}, () => maybe().value);

  const result = await materialize([made]);

  expect(result.eventsOf("STEP_SKIPPED")).toMatchObject([{ stepKey: "made" }]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toEqual([]);
});

test("partitions reach the ops and their inputs", async () => {
  const days = daily({ start: "2024-01-01" });
  const sales = asset("sales", { partitions: days }, (context) => context.partitionKey);
  const lastTwo = dep(sales, { partitions: partitionMapping.timeWindow({ startOffset: -1 }) });
  const join = op("join", (_context, byDay: Readonly<Record<string, string>>) => Object.values(byDay).join());
  const report = graphAsset("report", { partitions: days, deps: [lastTwo] }, (byDay) => join(byDay));

  const result = await materialize([report], {
    partitionKey: "2024-02-02",
    values: [
      [sales, "a", "2024-02-01"],
      [sales, "b", "2024-02-02"],
    ],
  });

  expect(result.value(report)).toBe("a,b");
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([{ partition: "2024-02-02" }]);
});

test("a body that returns nothing an op returned is refused with its place", () => {
  const define = () => graphAsset("wrong", { deps: [raw] }, (numbers) => numbers);
  expect(define).toThrow(DefinitionError);
  expect(define).toThrow(
    /asset "wrong" .*graph-asset\.test\.ts:\d+.*must return what one of its ops returned/,
  );
});
