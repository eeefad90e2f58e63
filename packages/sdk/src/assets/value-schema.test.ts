import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { op } from "../graphs/op.ts";
import { parquetFile } from "../io/parquet-file.ts";
import { multiRun } from "../partitions/backfill-policy.ts";
import { staticPartitions } from "../partitions/partitions.ts";
import { materialize } from "../testing/execute.ts";
import type { ExecutionResult } from "../testing/execution-result.ts";
import { asset } from "./asset.ts";
import type { Asset } from "./asset-definition.ts";
import { assetSpec } from "./asset-spec.ts";
import { materializeResult } from "./asset-result.ts";
import { checkSpec } from "./check-spec.ts";
import { graphAsset } from "./graph-asset.ts";
import { multiAsset } from "./multi-asset.ts";

const order = z.object({ id: z.int(), total: z.number().min(0), state: z.enum(["open", "paid"]) });
const orders = z.array(order);
type Order = z.input<typeof order>;
const GOOD: Order = { id: 1, total: 3, state: "open" };
const BAD: Order = { id: 2, total: -1, state: "paid" };

const run = (target: Asset): Promise<ExecutionResult> => materialize([target], { throwOnFailure: false });
const checks = (result: ExecutionResult) =>
  result.eventsOf("ASSET_CHECK_EVALUATION").map(({ checkName, passed, severity, partition }) => ({
    checkName,
    passed,
    severity,
    partition,
  }));
const failureOf = (result: ExecutionResult) => result.eventsOf("STEP_FAILURE")[0]?.error;

describe("a value that matches", () => {
  test("is stored as it was returned, and its check passes", async () => {
    const withMore = asset("orders", { schema: orders }, () => [{ ...GOOD, extra: true }]);

    const result = await run(withMore);

    expect(result.value(withMore)).toEqual([{ ...GOOD, extra: true }]);
    expect(checks(result)).toEqual([
      { checkName: "schema", passed: true, severity: "ERROR", partition: null },
    ]);
  });

  test("may come with metadata and the results of other checks", async () => {
    const result = await run(
      asset("orders", { schema: orders, checks: [checkSpec("paid")] }, async () =>
        materializeResult({ value: [GOOD], checks: { paid: false } }),
      ),
    );

    expect(checks(result).map(({ checkName, passed }) => [checkName, passed])).toEqual([
      ["paid", false],
      ["schema", true],
    ]);
  });
});

describe("a value that does not match", () => {
  test("fails the step before it is stored, and its check says where", async () => {
    const wrong = asset("orders", { schema: orders }, () => [GOOD, BAD]);

    const result = await run(wrong);

    expect(result.succeeded).toBe(false);
    expect(result.eventsOf("ASSET_MATERIALIZATION")).toEqual([]);
    expect(() => result.value(wrong)).toThrow("stored no value");
    expect(failureOf(result)).toMatchObject({
      name: "InvalidAssetValue",
      message: expect.stringMatching(
        /^Nothing of asset "orders" was stored\. The value does not match the schema: \[1\]\.total: Too small/,
      ),
    });
    expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
      {
        checkName: "schema",
        passed: false,
        blocking: true,
        metadata: {
          issue_count: { value: 1 },
          issues: { records: [{ place: "[1].total", problem: expect.stringContaining("Too small") }] },
        },
      },
    ]);
  });

  test("is stored all the same where that is only a warning", async () => {
    const odd = asset("orders", { schema: { schema: orders, severity: "WARN" } }, () => [BAD]);

    const result = await run(odd);

    expect(result.value(odd)).toEqual([BAD]);
    expect(checks(result)).toEqual([
      { checkName: "schema", passed: false, severity: "WARN", partition: null },
    ]);
  });

  test("is not told place by place when it has very many", async () => {
    const result = await run(
      asset("orders", { schema: orders }, () => Array.from({ length: 1_000 }, () => BAD)),
    );

    expect(failureOf(result)?.message).toContain("(and 995 more)");
    const [check] = result.eventsOf("ASSET_CHECK_EVALUATION");
    expect(check?.metadata["issue_count"]).toMatchObject({ value: 1_000 });
    expect(check?.metadata["issues"]).toMatchObject({
      records: Array.from({ length: 50 }, (_, row) => ({ place: `[${row}].total` })),
    });
  });

  test("is tried again as the retry policy says: a source may answer better next time", async () => {
    let calls = 0;
    const flaky = asset("orders", { schema: orders, retryPolicy: { maxRetries: 1 } }, () =>
      ++calls === 1 ? [BAD] : [GOOD],
    );

    const result = await run(flaky);

    expect(result.value(flaky)).toEqual([GOOD]);
    expect(checks(result).map(({ passed }) => passed)).toEqual([false, true]);
  });

  test("of one partition fails a call for several there, and what came before is kept", async () => {
    const byDay = asset(
      "by_day",
      {
        schema: orders,
        partitions: staticPartitions(["mon", "tue"]),
        backfill: multiRun({ maxPartitionsPerRun: 2 }),
      },
      () => ({ mon: [GOOD], tue: [BAD] }),
    );

    const result = await materialize([byDay], {
      partitionRange: { start: "mon", end: "tue" },
      throwOnFailure: false,
    });

    expect(checks(result).map(({ partition, passed }) => [partition, passed])).toEqual([
      ["mon", true],
      ["tue", false],
    ]);
    expect(result.eventsOf("ASSET_MATERIALIZATION").map(({ partition }) => partition)).toEqual(["mon"]);
  });
});

describe("rows that come one after the other", () => {
  async function* rows(count: number, bad: number): AsyncGenerator<Order> {
    for (let id = 0; id < count; id++) yield id === bad ? { ...BAD, id } : { ...GOOD, id };
  }

  const storedRows = (result: ExecutionResult, of: Asset<AsyncIterable<Order>>) => toArray(result.value(of));
  const toArray = async (stream: AsyncIterable<Order>): Promise<Order[]> => {
    const all: Order[] = [];
    for await (const each of stream) all.push(each);
    return all;
  };

  test("are looked at while they are stored", async () => {
    const many = asset("orders", { schema: orders }, () => rows(2_500, -1));

    const result = await run(many);

    expect(await storedRows(result, many)).toHaveLength(2_500);
    expect(checks(result).map(({ passed }) => passed)).toEqual([true]);
  });

  test("are not stored when one does not match, which is named by its place among all", async () => {
    const many = asset("orders", { schema: orders }, () => rows(2_500, 1_007));

    const result = await run(many);

    expect(() => result.value(many)).toThrow("stored no value");
    expect(failureOf(result)?.message).toContain("[1007].total");
    expect(checks(result).map(({ passed }) => passed)).toEqual([false]);
  });

  test("that are none are an empty array", async () => {
    const result = await run(asset("orders", { schema: orders.min(1) }, () => rows(0, -1)));

    expect(failureOf(result)?.message).toContain("Too small");
  });

  test("are all stored where that is only a warning, which counts them", async () => {
    const many = asset("orders", { schema: { schema: orders, severity: "WARN" } }, () => rows(1_500, 1_200));

    const result = await run(many);

    expect(await storedRows(result, many)).toHaveLength(1_500);
    expect(result.eventsOf("ASSET_CHECK_EVALUATION")[0]).toMatchObject({
      passed: false,
      metadata: { issues: { records: [{ place: "[1200].total" }] } },
    });
  });
});

test("its columns are the asset's, and its own metadata comes first", () => {
  const described = asset("orders", { schema: orders, metadata: { source: "shop" } }, () => [GOOD]);
  const own = asset("orders", { schema: orders, metadata: { column_schema: "see the wiki" } }, () => [GOOD]);

  expect(described.metadata).toMatchObject({
    source: { text: "shop" },
    column_schema: {
      type: "table_schema",
      columns: [
        { name: "id", type: "integer", nullable: false },
        { name: "total", type: "number", nullable: false },
        { name: "state", type: "string", nullable: false },
      ],
    },
  });
  expect(own.metadata["column_schema"]).toMatchObject({ text: "see the wiki" });
});

test("its columns stay when the asset gets other metadata", () => {
  const described = asset("orders", { schema: orders, metadata: { source: "shop" } }, () => [GOOD]);

  const changed = described.with({ metadata: { source: "erp" } });

  expect(changed.metadata).toEqual({ ...described.metadata, source: { type: "text", text: "erp" } });
});

test("columns that JSON has no word for are there, and a library that can't describe itself has none", () => {
  const dated = asset("dated", { schema: z.array(z.object({ at: z.date() })) }, () => [{ at: new Date(0) }]);
  const { validate } = orders["~standard"];
  const bare = { "~standard": { version: 1, vendor: "own", validate } } as const;

  expect(dated.metadata["column_schema"]).toMatchObject({ columns: [{ name: "at", type: "any" }] });
  expect(asset("bare", { schema: bare }, () => [GOOD]).metadata).toEqual({});
});

test("assets that are made together, and those of graphs, have schemas of their own", async () => {
  const shop = multiAsset(
    "shop",
    { assets: { orders: assetSpec({ schema: orders }), names: assetSpec({ schema: z.array(z.string()) }) } },
    () => ({ orders: [BAD], names: ["ada"] }),
  );
  const read = op("read", () => [BAD]);
  const result = await materialize([shop], { throwOnFailure: false });

  expect(failureOf(result)?.message).toContain('asset "orders"');
  expect(failureOf(await run(graphAsset("ofOps", { schema: orders }, () => read())))?.message).toContain(
    'asset "ofOps"',
  );
});

test("what is no schema, and a check of its name, are refused", () => {
  // @ts-expect-error no Standard Schema
  expect(() => asset("orders", { schema: { type: "array" } }, () => [])).toThrow(
    /asset "orders" .*: `schema` must be a Standard Schema/,
  );
  expect(() => asset("orders", { schema: orders, checks: [checkSpec("schema")] }, () => [GOOD])).toThrow(
    'a `schema` and a check "schema"',
  );
});

test("what the code returns is typed by the schema's input", () => {
  const typed = asset("typed", { schema: orders }, async () => [{ id: 1, total: 2, state: "open" as const }]);
  expectTypeOf(typed).toExtend<Asset<{ id: number; total: number; state: "open" }[]>>();
  const parsing = z.object({ at: z.string().transform((text) => new Date(text)) });
  asset("parsing", { schema: parsing }, () => ({ at: "2026-01-01" }));
  asset("result", { schema: orders }, () => materializeResult({ value: [GOOD] }));
  // @ts-expect-error a total is a number
  asset("wrong", { schema: orders }, async () => [{ id: 1, total: "2", state: "open" as const }]);
  // @ts-expect-error also in a result
  asset("wrong", { schema: orders }, () => materializeResult({ value: [1] }));
  // @ts-expect-error what a file holds is no array of orders
  asset("wrong", { schema: orders }, () => parquetFile("orders.parquet"));
  const byLetter = { partitions: staticPartitions(["a"]), backfill: multiRun({ maxPartitionsPerRun: 1 }) };
  // @ts-expect-error also of each partition
  asset("wrong", { schema: orders, ...byLetter }, () => ({ a: [1] }));
  assetSpec({ schema: orders }) satisfies { schema?: unknown };
  // @ts-expect-error the schema is of something else
  assetSpec<number>({ schema: orders });
  const read = op("read", () => [1]);
  // @ts-expect-error the op makes numbers
  graphAsset("wrong", { schema: orders }, () => read());
});
