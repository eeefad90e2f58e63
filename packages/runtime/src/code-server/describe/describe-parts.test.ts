import {
  asset,
  assetSpec,
  checkSpec,
  definitions,
  ioManager,
  multiAsset,
  op,
  graphMultiAsset,
  type ConfigSchema,
} from "millrace";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import { expect, test } from "vitest";
import { describeChecks } from "./describe-assets.ts";
import { describeJobs } from "./describe-jobs.ts";

const document = { type: "object", properties: { folder: { type: "string" } }, required: ["folder"] };
const folder: ConfigSchema<{ folder: string }, { folder: string }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => ({ value: value as { folder: string } }),
    jsonSchema: { input: () => document, output: () => document },
  },
};
const files = ioManager("files", { config: folder, handleOutput: () => {}, loadInput: () => 1 });
const raw = asset("raw", { ioManager: files }, () => 1);
const unique = checkSpec("unique", { partitions: "none" });
const dbt = multiAsset(
  "dbt",
  {
    assets: {
      stg: assetSpec<number>({ deps: [raw], checks: [unique, checkSpec("complete")] }),
      mart: assetSpec<number>({ after: ["model"] }),
    },
    config: folder,
    canSubset: true,
  },
  () => ({}),
);
const model = asset("model", { after: [dbt.assets.stg] }, () => 1);
const resolved = resolveDefinitions(definitions({ assets: [raw, dbt, model] }));
const [whole] = describeJobs(resolved, "/code");

test("a job says which of its steps are parts of one, and what each makes", () => {
  expect(
    whole?.steps.map(({ key, partOf, assetKeys, upstream }) => [key, partOf, assetKeys, upstream]),
  ).toEqual([
    ["raw", undefined, [], []],
    ["dbt", "dbt", ["stg"], ["raw"]],
    ["model", undefined, [], ["dbt"]],
    ["dbt_2", "dbt", ["mart"], ["model"]],
  ]);
});

test("run config is that of the whole step, with what its assets load", () => {
  const { properties } = JSON.parse(whole?.configSchema ?? "") as {
    properties: Record<"ops" | "resources", { properties: Record<string, unknown> }>;
  };

  expect(Object.keys(properties.ops.properties)).toEqual(["dbt"]);
  expect(whole?.steps.find(({ key }) => key === "dbt")?.configuredResources).toEqual(["files"]);
});

test("a check says whether it is of the asset as a whole", () => {
  expect(describeChecks(resolved, "/code").map(({ name, unpartitioned }) => [name, unpartitioned])).toEqual([
    ["complete", false],
    ["unique", true],
  ]);
});

test("the ops of a graph belong to the part that needs them", () => {
  const read = op("read", () => 1);
  const shop = graphMultiAsset(
    "shop",
    {
      assets: { stg: assetSpec<number>(), mart: assetSpec<number>({ after: ["between"] }) },
      canSubset: true,
    },
    () => ({ stg: read(), mart: read() }),
  );
  const between = asset("between", { after: [shop.assets.stg] }, () => 1);

  const [job] = describeJobs(resolveDefinitions(definitions({ assets: [shop, between] })), "/code");

  expect(job?.steps.map(({ key, partOf, upstream }) => [key, partOf, upstream])).toEqual([
    ["shop.read", "shop.read", []],
    ["shop", "shop", ["shop.read"]],
    ["between", undefined, ["shop"]],
    ["shop_2.read_2", "shop.read_2", ["between"]],
    ["shop_2", "shop", ["between", "shop_2.read_2"]],
  ]);
});
