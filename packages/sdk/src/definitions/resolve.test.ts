import { expect, test } from "vitest";
import { z } from "zod";
import { asset } from "../assets/asset.ts";
import type { Asset } from "../assets/asset-definition.ts";
import { checkSpec } from "../assets/check-spec.ts";
import { assetRef } from "../assets/dependency.ts";
import { externalAsset } from "../assets/external-asset.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { assetCheck } from "../checks/asset-check.ts";
import { multiAssetCheck } from "../checks/multi-asset-check.ts";
import { ioManager } from "../io/io-manager.ts";
import { job } from "../jobs/job.ts";
import { op } from "../graphs/op.ts";
import { daily, monthly, multiPartitions, staticPartitions } from "../partitions/partitions.ts";
import { resource, valueResource } from "../resources/resource.ts";
import { schedule } from "../schedules/schedule.ts";
import { assetSensor, multiAssetSensor } from "../sensors/asset-sensor.ts";
import { collectDefinitions, definitions, mergeDefinitions, type DefinitionsInput } from "./definitions.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { resolveDefinitions } from "./resolve.ts";
import { listMisspeltUpstream } from "./unknown-upstream.ts";

/** The error that these definitions are refused with. */
function refusal(input: DefinitionsInput): DefinitionError {
  try {
    resolveDefinitions(definitions(input));
  } catch (error) {
    if (error instanceof DefinitionError) return error;
    throw error;
  }
  throw new Error("The definitions were accepted");
}

const place = /resolve\.test\.ts:\d+/g;
const orders = asset("orders", async () => [1]);
const users = asset("users", { deps: [orders] }, async (_context, rows) => rows.length);

test("two assets with the same key are refused, and both places are named", () => {
  const error = refusal({ assets: [orders, asset("orders", async () => 2)] });

  expect(error.code).toBe("duplicate_definition");
  expect(error.message).toContain('asset "orders"');
  expect(error.message.match(place)).toHaveLength(2);
});

test.for([
  [
    { assets: [orders, undefined] },
    "assets[1] must be of kind asset or multi asset, but is undefined: is it exported",
  ],
  [{ jobs: [orders] }, "jobs[0] must be of kind job, but is asset"],
  [{ assets: orders }, '"assets" must be a list'],
  [{ asets: [orders] }, 'there is no "asets"; there are assets, checks'],
  [{ executor: "process" }, "executor must be of kind executor, but is string"],
  [
    { ioManagers: { files: () => orders } },
    "ioManagers.files must be of kind io manager, but is function: is it to be called?",
  ],
])("what types would refuse is refused without them too, with its place: %j", ([input, problem]) => {
  const error = refusal(input as DefinitionsInput);

  expect(error.code).toBe("not_a_definition");
  expect(error.message).toContain(problem);
  expect(error.message.match(place)).toHaveLength(1);
});

test("a definition without code, or with something else than a definition in an option, is refused where it stands", () => {
  const untyped: unknown = undefined;

  expect(() => asset("rows", {}, untyped as () => number)).toThrow(
    /asset "rows" \(.*resolve\.test\.ts:\d+\) has no code/,
  );
  expect(() => job("all", { selection: "*", executor: "process" as never })).toThrow(
    /job "all" \(.*resolve\.test\.ts:\d+\): executor must be of kind executor/,
  );
  expect(() => asset("rows", { ioManager: "files" as never }, () => 1)).toThrow(
    /asset "rows" .*: ioManager must be/,
  );
  const noAsset = { asset: untyped as typeof orders };
  const isNoAsset =
    /(asset|assets\[0\]|checks\.sound\.asset) must be of kind asset or asset ref, but is undefined: is it exp/;
  expect(() => assetCheck("sound", noAsset, () => true)).toThrow(isNoAsset);
  expect(() => multiAssetCheck("all", { checks: { sound: noAsset } }, () => ({}))).toThrow(isNoAsset);
  expect(() => assetSensor("look", { ...noAsset, target: [orders] }, () => undefined)).toThrow(isNoAsset);
  expect(() =>
    multiAssetSensor("look", { assets: [noAsset.asset], target: [orders] }, () => undefined),
  ).toThrow(isNoAsset);
  expect(() => asset("rows", { deps: [untyped as typeof orders] }, () => 1)).toThrow(
    "deps[0] must be of kind asset or asset ref or asset dependency, but is undefined: is it exported",
  );
  expect(() => op("send", { resources: { db: 5 as never } }, () => 1)).toThrow(
    /op "send" .*: resources\.db must be/,
  );
  expect(() => schedule("hourly", { cron: "0 * * * *", job: "all" as never })).toThrow(
    /schedule "hourly" .*: job must be/,
  );
});

test("the same definition may be listed twice", () => {
  expect(resolveDefinitions(definitions({ assets: [orders, orders] })).assets.size).toBe(1);
});

test("a circle of dependencies is named from end to end", () => {
  const a = asset("a", { deps: [assetRef("c")] }, async () => 1);
  const b = asset("b", { deps: [a] }, async () => 1);
  const c = asset("c", { deps: [b] }, async () => 1);

  const error = refusal({ assets: [orders, a, b, c] });

  expect(error.code).toBe("dependency_cycle");
  expect(error.message.replaceAll(/ \([^)]*\)/g, "")).toContain('asset "a" → asset "c" → asset "b" → "a"');
});

test("a dependency that is not among the definitions is refused", () => {
  const error = refusal({ assets: [users] });

  expect(error.code).toBe("unknown_dependency");
  expect(error.message).toContain('assetRef("orders")');
  expect(error.message.match(place)).toHaveLength(2);
});

test("a dependency by key on an asset nobody defines becomes an external asset", () => {
  const report = asset(
    "report",
    { deps: [assetRef<number>("erp/sales")], after: ["erp/stock"] },
    (_context, sales) => sales,
  );

  const { assets } = resolveDefinitions(
    definitions({ assets: [report, externalAsset("erp/stock", { group: "erp" })] }),
  );

  expect(
    [...assets.values()].map(({ key, computation, group }) => [key, computation !== null, group]),
  ).toEqual([
    ["report", true, "default"],
    ["erp/stock", false, "erp"],
    ["erp/sales", false, "default"],
  ]);
});

test.each([
  ["asset", () => ({ assets: [asset("a b", async () => 1)] })],
  ["reserved word", () => ({ assets: [asset("input", async () => 1)] })],
  ["group", () => ({ assets: [asset("a", { group: "a b" }, async () => 1)] })],
  ["job", () => ({ jobs: [job("my job", { selection: "*" })], assets: [orders] })],
  ["op", () => ({ jobs: [job("ping", () => void op("a-b", async () => 1)())] })],
  ["pool of an asset", () => ({ assets: [asset("a", { pool: "a b" }, async () => 1)] })],
  ["pool of an op", () => ({ jobs: [job("ping", () => void op("a", { pool: "a b" }, async () => 1)())] })],
  [
    "pool of a check",
    () => ({ assets: [orders], checks: [assetCheck("full", { asset: orders, pool: "a b" }, () => true)] }),
  ],
])("a bad name is refused: %s", (_what, input) => {
  const error = refusal(input());
  expect(error.code).toBe("invalid_name");
  expect(error.message).toMatch(place);
});

test("different resources with the same name are refused unless a replacement decides", () => {
  const one = asset("one", { resources: { db: valueResource("db", 1) } }, async () => 1);
  const other = asset("other", { resources: { db: resource("db", { setup: () => 2 }) } }, async () => 1);

  const error = refusal({ assets: [one, other] });

  expect(error.code).toBe("conflicting_resources");
  expect(error.message.match(place)).toHaveLength(2);
  const replaced = definitions({ assets: [one, other], resources: { db: valueResource("db", 3) } });
  expect(resolveDefinitions(replaced).resources.size).toBe(1);
});

test("an IO manager and a resource of one name are refused where run config could mean either", () => {
  const db = resource("warehouse", {
    config: z.object({ url: z.string() }),
    setup: ({ config }) => config.url,
  });
  const tables = ioManager("warehouse", { resources: { db }, handleOutput: () => {}, loadInput: () => 1 });

  const error = refusal({ assets: [asset("one", { ioManager: tables }, () => 1)] });

  expect(error.code).toBe("conflicting_resources");
  expect(error.message).toContain('An IO manager and a resource are both called "warehouse"');
  expect(error.message.match(place)).toHaveLength(2);
});

test("a check of an asset that is not among the definitions is refused", () => {
  const error = refusal({ checks: [assetCheck("rows", { asset: orders }, () => true)] });

  expect(error.code).toBe("unknown_asset");
  expect(error.message).toContain('checks asset "orders"');
});

test("a job that selects nothing, or what does not exist, is refused", () => {
  expect(refusal({ assets: [orders], jobs: [job("raw", { selection: "group:raw" })] }).code).toBe(
    "empty_job",
  );
  expect(refusal({ assets: [orders], jobs: [job("typo", { selection: ["ordrs"] })] }).code).toBe(
    "unknown_asset",
  );
  expect(refusal({ assets: [orders], jobs: [job("wrong", { selection: "group:" })] })).toMatchObject({
    code: "invalid_selection",
  });
  expect(refusal({ assets: [], jobs: [job("none", () => {})] }).code).toBe("empty_job");
  expect(refusal({ schedules: [schedule("s", { cron: "* * * * *", target: [orders] })] }).code).toBe(
    "unknown_asset",
  );
});

test("more partitions than anything can keep are refused, with their number", () => {
  const keys = staticPartitions(Array.from({ length: 10_000 }, (_, index) => `k${index}`));
  const huge = multiPartitions({ a: keys, b: keys, c: keys, d: keys });
  const cube = asset("cube", { partitions: huge }, async () => 1);

  expect(refusal({ assets: [cube] }).code).toBe("too_many_partitions");
  expect(refusal({ assets: [cube] }).message).toMatch(
    /asset "cube".* has 10,000,000,000,000,000 partitions; at most 5,000,000/,
  );
});

test("partitions that do not fit together are refused", () => {
  const byDay = asset("by_day", { partitions: daily({ start: "2024-01-01" }) }, async () => 1);
  const byMonth = asset(
    "by_month",
    { deps: [byDay], partitions: monthly({ start: "2024-01" }) },
    async () => 1,
  );
  const country = { partitions: staticPartitions(["de", "fr"]) };
  // @ts-expect-error nothing says which days belong to a country
  const byCountry = asset("by_country", { deps: [byDay], ...country }, async () => 1);

  expect(refusal({ assets: [byDay, byCountry] }).code).toBe("incompatible_partitions");
  expect(refusal({ assets: [byDay, byMonth], jobs: [job("both", { selection: "*" })] }).code).toBe(
    "incompatible_partitions",
  );
});

test.each([
  ["an owner", { owners: ["somebody"] }],
  ["a tag", { tags: { "a b": "c" } }],
  ["kinds", { kinds: Array.from({ length: 11 }, (_, index) => `kind${index}`) }],
  ["a retry policy", { retryPolicy: { maxRetries: -1 } }],
  ["a timeout", { timeoutSeconds: 0 }],
])("an option that is not allowed is refused at its place: %s", (_what, options) => {
  expect(() => asset("orders", options, async () => 1)).toThrow(
    /asset "orders" \(.*resolve\.test\.ts:\d+\): /,
  );
});

test("a check's name is one that commands can take", () => {
  const named = (name: string) =>
    refusal({ assets: [orders], checks: [assetCheck(name, { asset: orders }, () => true)] });
  const own = refusal({ assets: [asset("sales", { checks: [checkSpec("a:b")] }, () => 1)] });

  expect(named("c d")).toMatchObject({
    code: "invalid_name",
    message: expect.stringMatching(
      /asset check "orders:c d" .*resolve\.test\.ts:\d+\): "c d" is not a valid name/,
    ) as string,
  });
  expect(named("").code).toBe("invalid_name");
  expect(own.code).toBe("invalid_name");
});

test("a key that nothing defines and that is a slip away from one that is defined is told of", () => {
  const after = (key: string, ...others: Asset[]) =>
    listMisspeltUpstream(
      resolveDefinitions(
        definitions({ assets: [orders, asset("revenue", { after: [key] }, () => 1), ...others] }),
      ),
    );

  expect(after("ordres")).toEqual([
    expect.stringMatching(
      /^asset "revenue" \(.*resolve\.test\.ts:\d+\) depends on "ordres", which nothing here defines; did you mean "orders"\? If not, externalAsset\("ordres"\)/,
    ),
  ]);
  expect(after("orders")).toEqual([]);
  expect(after("warehouse/raw")).toEqual([]);
  expect(after("ordres", externalAsset("ordres"))).toEqual([]);
  expect(
    refusal({ assets: [orders], checks: [assetCheck("rows", { asset: assetRef("ordres") }, () => true)] })
      .message,
  ).toContain('did you mean "orders"?');
});

test("a key that an asset had before is nobody else's", () => {
  const made = asset("orders", () => 1);
  const taken = asset("sales", { renamedFrom: "orders" }, () => 2);
  const again = asset("revenue", { renamedFrom: "old" }, () => 3);
  const twice = asset("income", { renamedFrom: "old" }, () => 4);

  expect(() => resolveDefinitions(definitions({ assets: [made, taken] }))).toThrow(
    /asset "sales".* was called "orders" before, which is the key of asset "orders"/,
  );
  expect(refusal({ assets: [again, twice] }).code).toBe("duplicate_definition");
});

test("two multi-assets can not share a step", () => {
  const one = multiAsset("load", { assets: { a: {} } }, async () => ({ a: 1 }));
  const other = multiAsset("load", { assets: { b: {} } }, async () => ({ b: 1 }));

  expect(refusal({ assets: [one, other] }).code).toBe("duplicate_step");
});

test("without definitions(…) everything a module exports is collected", () => {
  const loaded = multiAsset("load", { assets: { a: {}, b: {} } }, async () => ({ a: 1, b: 2 }));
  const check = assetCheck("rows", { asset: orders }, () => true);

  const collected = collectDefinitions({
    orders,
    list: [users, check],
    loaded,
    unrelated: 42,
    text: "x",
    nothing: null,
  });

  expect(collected.assets.map((asset) => asset.key)).toEqual(["orders", "users", "a", "b"]);
  expect(collected.checks).toEqual([check]);
  expect(() => collectDefinitions({ unrelated: 42 })).toThrow(DefinitionError);
});

test("what definitions(…) gathers is all there is, merged", () => {
  const parts = {
    orders,
    first: definitions({ assets: [users] }),
    second: definitions({ assets: [orders, users] }),
  };

  expect(collectDefinitions(parts)).toEqual(mergeDefinitions(parts.first, parts.second));
  expect(collectDefinitions(parts).assets).toEqual([users, orders]);
});
