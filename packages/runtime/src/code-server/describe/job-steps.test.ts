import {
  asset,
  assetCheck,
  definitions,
  failureHook,
  graph,
  graphAsset,
  job,
  op,
  resource,
  type ConfigSchema,
} from "millrace";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import { expect, test } from "vitest";
import { listJobSteps, type JobStep } from "./job-steps.ts";
import { runConfigSchema } from "./run-config-schema.ts";

function textField<F extends string>(field: F): ConfigSchema<Record<F, string>, Record<F, string>> {
  const document = { type: "object", properties: { [field]: { type: "string" } }, required: [field] };
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => ({ value: value as Record<F, string> }),
      jsonSchema: { input: () => document, output: () => document },
    },
  };
}

const raw = asset("raw", () => "text");
const fetch = op("fetch", { config: textField("from") }, ({ config }, text: string) => text + config.from);
const store = op("store", (_context, text: string) => text.length);
const prepare = graph(
  "prepare",
  { config: textField("folder"), mapConfig: ({ folder }) => ({ fetch: { from: folder } }) },
  (text: Parameters<typeof fetch>[0]) => fetch(text),
);
const copy = graphAsset("copy", { deps: [raw] }, (text) => store(prepare(text)));
const mail = resource("mail", { config: textField("to"), setup: () => 1 });
const alarm = failureHook("alarm", { resources: { mail } }, () => {});
const copying = job("copying", { selection: [raw, copy], hooks: [alarm] });
const resolved = resolveDefinitions(definitions({ assets: [raw, copy], jobs: [copying] }));
const steps = listJobSteps(resolved, copying);

test("the ops of an asset's graph are steps that wait for what the asset depends on", () => {
  expect(steps.steps.map(({ key, kind, upstream }) => ({ key, kind, upstream }))).toEqual([
    { key: "raw", kind: "asset", upstream: [] },
    { key: "copy.prepare.fetch", kind: "op", upstream: ["raw"] },
    { key: "copy.store", kind: "op", upstream: ["copy.prepare.fetch", "raw"] },
    { key: "copy", kind: "asset", upstream: ["copy.prepare.fetch", "copy.store", "raw"] },
  ]);
});

test("what waits for an asset also waits for the blocking checks of it, other checks do not", () => {
  const orders = asset("orders", () => 1);
  const isPositive = assetCheck("is_positive", { asset: orders, blocking: true }, () => true);
  const isOdd = assetCheck("is_odd", { asset: orders }, () => true);
  const report = asset("report", { deps: [orders] }, (_context, count) => count);
  const shop = resolveDefinitions(definitions({ assets: [orders, report], checks: [isPositive, isOdd] }));

  const upstream = new Map(listJobSteps(shop, null).steps.map((step) => [step.key, step.upstream]));

  expect(upstream.get("report")).toEqual([isPositive.computation.stepKey, "orders"].sort());
  expect(upstream.get(isOdd.computation.stepKey)).toEqual(["orders"]);
});

test("it is said for which dynamic output a step is copied, in jobs of ops and in graphs of assets", () => {
  const list = op("list", { dynamic: true }, () => new Map([["a", "a"]]));
  const read = op("read", (_context, file: string) => file.length);
  const sum = op("sum", (_context, sizes: readonly number[]) => sizes.length);
  const sizes = graphAsset("sizes", {}, () =>
    sum(
      list()
        .map((file) => read(file))
        .collect(),
    ),
  );
  const sizing = job("sizing", () => void list().map((file) => read(file)));
  const both = resolveDefinitions(definitions({ assets: [sizes], jobs: [sizing] }));
  const mappings = (steps: readonly JobStep[]): unknown =>
    steps.map(({ key, mappedOver, dynamicOutputs }) => [key, mappedOver?.stepKey ?? null, dynamicOutputs]);

  expect(mappings(listJobSteps(both, sizing).steps)).toEqual([
    ["list", null, ["result"]],
    ["read", "list", []],
  ]);
  expect(mappings(listJobSteps(both, null).steps)).toEqual([
    ["sizes.list", null, ["result"]],
    ["sizes.read", "sizes.list", []],
    ["sizes.sum", null, []],
    ["sizes", null, []],
  ]);
});

test("run config asks for the config of a graph, of its ops only if wanted, and of the resources of hooks", () => {
  const { properties } = runConfigSchema(resolved, steps, copying.hooks) as {
    properties: Record<string, { required?: string[]; properties: object }>;
  };

  expect(Object.keys(properties["ops"]?.properties ?? {})).toEqual(["copy.prepare.fetch", "copy.prepare"]);
  expect(properties["ops"]?.required).toEqual(["copy.prepare"]);
  expect(properties["resources"]?.required).toEqual(["mail"]);
});
