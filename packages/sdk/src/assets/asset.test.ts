import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { resource } from "../resources/resource.ts";
import { asset } from "./asset.ts";
import { materializeResult } from "./asset-result.ts";
import { assetRef, dep } from "./dependency.ts";
import type { Asset } from "./asset-definition.ts";

const warehouse = resource("warehouse", {
  config: z.object({ path: z.string() }),
  setup: async ({ config }) => ({ path: config.path, query: (sql: string) => sql.length }),
  teardown: async (value) => value.query("bye"),
});
const daily = { type: "daily", start: "2024-01-01" } as const;

test("what an asset returns flows into whoever depends on it", () => {
  const raw = asset("raw", async () => [{ id: 1, total: 3 }]);
  const clean = asset("clean", { deps: [raw] }, async (_context, rows) => {
    expectTypeOf(rows).toEqualTypeOf<{ id: number; total: number }[]>();
    return materializeResult({ value: rows.length, metadata: { rows: rows.length } });
  });
  const nothing = asset("nothing", { deps: [clean, raw] }, async (_context, count, rows) => {
    expectTypeOf(count).toEqualTypeOf<number>();
    expectTypeOf(rows).toEqualTypeOf<{ id: number; total: number }[]>();
    return materializeResult({ metadata: { a: 1 } });
  });
  expectTypeOf(nothing).toEqualTypeOf<Asset<void, undefined, "nothing", undefined>>();
  // @ts-expect-error rows are not numbers
  asset("wrong", { deps: [raw] }, async (_context, rows: number) => rows);
  // @ts-expect-error there is one dependency only
  asset("wrong", { deps: [raw] }, async (_context, _rows, other) => other);
});

test("config and resources are typed", () => {
  asset(
    "with_config",
    { config: z.object({ min: z.number().default(0) }), resources: { db: warehouse } },
    async (context) => {
      expectTypeOf(context.config).toEqualTypeOf<{ min: number }>();
      expectTypeOf(context.resources.db.query).toEqualTypeOf<(sql: string) => number>();
      // @ts-expect-error no such field
      void context.config.max;
      // @ts-expect-error no such resource
      void context.resources.lake;
    },
  );
  asset("without", async (context) => {
    expectTypeOf(context.config).toEqualTypeOf<undefined>();
    // @ts-expect-error no such resource
    void context.resources.db;
  });
});

test("partitions decide on the context and on what is loaded", () => {
  const byDay = asset("by_day", { partitions: daily }, async (context) => {
    expectTypeOf(context.partitionKey).toEqualTypeOf<string>();
    return 1;
  });
  asset("also_by_day", { deps: [byDay], partitions: daily }, async (_context, value) => {
    expectTypeOf(value).toEqualTypeOf<number>();
  });
  asset("all", { deps: [byDay] }, async (context, values) => {
    expectTypeOf(values).toEqualTypeOf<Readonly<Record<string, number>>>();
    // @ts-expect-error: it has no partitions
    void context.partitionKey;
  });
  asset("newest", { deps: [dep(byDay, { partitions: { type: "last" } })] }, async (_context, value) => {
    expectTypeOf(value).toEqualTypeOf<number>();
  });
  asset("elsewhere", { deps: [assetRef<string[]>("shop/orders")] }, async (_context, value) => {
    expectTypeOf(value).toEqualTypeOf<string[]>();
  });
});
