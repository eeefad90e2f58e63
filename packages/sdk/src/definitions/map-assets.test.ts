import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { asset } from "../assets/asset.ts";
import { assetSpec } from "../assets/asset-spec.ts";
import { externalAsset } from "../assets/external-asset.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { freshness } from "../freshness/freshness.ts";
import { failureHook } from "../hooks/hook.ts";
import { memoryIoManager } from "../io/memory-io-manager.ts";
import { job } from "../jobs/job.ts";
import { schedule } from "../schedules/schedule.ts";
import { materialize } from "../testing/execute.ts";
import { definitions } from "./definitions.ts";
import { mapAssets } from "./map-assets.ts";
import { resolveDefinitions } from "./resolve.ts";

const raw = asset("raw", { group: "sources", tags: { layer: "raw" } }, () => 1);
const mart = asset("mart", { deps: [raw], group: "marts" }, (_context, value) => value);
const pair = multiAsset(
  "pair",
  { assets: { left: assetSpec<number>({ group: "sources" }), right: assetSpec<number>({ group: "marts" }) } },
  () => ({ left: 1, right: 2 }),
);
const daily = job("daily", { selection: [raw, "mart"] });
const shop = definitions({
  assets: [raw, mart, pair],
  jobs: [daily],
  schedules: [schedule("morning", { cron: "0 6 * * *", job: daily })],
});

test("a selection of assets changes, wherever they are named, and the others stay as they are", () => {
  const freshnessPolicy = freshness.timeWindow({ failSeconds: 3_600 });

  const mapped = mapAssets(shop, "group:sources", ({ tags }) => ({
    tags: { ...tags, team: "loading" },
    freshnessPolicy,
    retryPolicy: { maxRetries: 3 },
  }));

  const { assets, jobs, schedules } = resolveDefinitions(mapped);
  const [newRaw, newMart, left, right] = ["raw", "mart", "left", "right"].map((key) =>
    assets.get(key as never),
  );
  expect(newRaw).toMatchObject({
    tags: { layer: "raw", team: "loading" },
    freshnessPolicy,
    group: "sources",
  });
  expect(newRaw?.computation?.retryPolicy).toEqual({ maxRetries: 3 });
  expect(newMart).toBe(mart);
  expect(left?.tags).toEqual({ team: "loading" });
  expect(right).toMatchObject({ tags: {}, freshnessPolicy: null });
  expect(right?.computation).toBe(left?.computation);
  expect([...(left?.computation?.outputs.values() ?? [])]).toEqual([left, right]);
  expect(schedules.get("morning")?.job).toBe(jobs.get("daily"));
  expect(raw.tags).toEqual({ layer: "raw" });
});

test("a change that makes no sense is refused with the asset, and so is a selection of nothing known", () => {
  const change = (changes: object) => () => mapAssets(shop, [raw], () => changes);

  expect(change({ owners: ["nobody"] })).toThrow('asset "raw"');
  expect(change({ retryPolicy: { maxRetries: -1 } })).toThrow("maxRetries");
  expect(change({ hooks: [raw] })).toThrow("hooks[0]");
  expect(() => mapAssets(shop, "nothing:at all", () => ({}))).toThrow("mapAssets(…)");
});

test("an asset with other attributes runs as it did, and keeps its type", async () => {
  const values = new Map<string, unknown>();
  const other = raw.with({
    owners: ["team:shop"],
    ioManager: memoryIoManager(values),
    hooks: [failureHook("alarm", () => {})],
  });

  expectTypeOf(other).toEqualTypeOf<typeof raw>();
  const result = await materialize([other.with({ group: "other" }), mart]);

  expect(other.owners).toEqual(["team:shop"]);
  expect(result.value(mart)).toBe(1);
  expect(() => pair.assets.left.with({ group: "x" })).toThrow("mapAssets");
});

test("a schema that is given later judges as one that was there from the beginning, in place of it", async () => {
  const rows = asset(
    "rows",
    { schema: z.array(z.object({ id: z.int() })), metadata: { team: "shop" } },
    () => [{ id: 1 }],
  );
  const [strict, ...others] = mapAssets(definitions({ assets: [rows, raw] }), "key:rows", () => ({
    schema: z.array(z.object({ id: z.int().min(2) })),
  })).assets;
  if (strict === undefined) throw new Error("It has lost its asset");

  expect(strict.checks.map(({ name }) => name)).toEqual(["schema"]);
  expect(Object.keys(strict.metadata)).toEqual(["column_schema", "team"]);
  expect(others).toEqual([raw]);
  const result = await materialize([strict], { throwOnFailure: false });
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ checkName: "schema", passed: false }]);
  const warned = await materialize([raw.with({ schema: { schema: z.number().min(2), severity: "WARN" } })]);
  expect(warned.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ passed: false, severity: "WARN" }]);
  // @ts-expect-error -- the value is a number
  expect(() => raw.with({ schema: z.string() })).not.toThrow();
  expect(() => externalAsset("erp").with({ schema: z.string() })).toThrow("none makes this asset");
});
