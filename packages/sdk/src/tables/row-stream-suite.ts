import { expect, test } from "vitest";
import { z } from "zod";
import { asset } from "../assets/asset.ts";
import { definitions } from "../definitions/definitions.ts";
import { executeRun } from "../execution/run/execute-run.ts";
import { loadAssetValue } from "../execution/values/asset-value-loader.ts";
import { memoryRunInstance } from "../context/memory-run-instance.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import type { Asset } from "../assets/asset-definition.ts";
import type { IoManager } from "../io/io-manager.ts";
import { metadata } from "../metadata/metadata.ts";
import { staticPartitions } from "../partitions/partitions.ts";
import type { materialize } from "../testing/execute.ts";

/** Makes an asset in a run of its own. */
export type Make = (target: Asset, partitionKey?: string) => ReturnType<typeof materialize>;
/** Loads the value of an asset, or its values by partition key. */
export type Load = (target: Asset, ...partitionKeys: string[]) => Promise<unknown>;

/** Runs an asset as a code location of this name would; gives back what went wrong. */
async function makeIn(locationName: string, target: Asset): Promise<string[]> {
  const problems: string[] = [];
  await executeRun({
    definitions: resolveDefinitions(definitions({ assets: [target] })),
    instance: memoryRunInstance(),
    locationName,
    jobName: "__ASSET_JOB",
    assetSelection: [target.key],
    runId: "run",
    tags: {},
    runConfig: {},
    storageDirectory: "",
    sink: (event) => void (event.type === "STEP_FAILURE" && problems.push(event.message)),
  });
  return problems;
}

/** The rows of a stream. */
async function collect(stream: unknown): Promise<Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for await (const row of stream as AsyncIterable<Readonly<Record<string, unknown>>>) rows.push(row);
  return rows;
}

/** What was made, what was not, and whose a table is. */
export function testMadeValues(tables: () => IoManager, make: Make, load: Load): void {
  test("a partition that was made and is empty is told from one that was never made", async () => {
    const partitions = staticPartitions(["a", "b"]);
    const days = asset(
      "days",
      { partitions, ioManager: tables(), metadata: { partition_expr: "name" } },
      ({ partitionKey }) => (partitionKey === "a" ? [] : [{ name: "b" }]),
    );

    await make(days, "b");
    await expect(load(days, "a", "b")).rejects.toMatchObject({
      code: "value_not_stored",
      message: 'partition a of asset "days" has no stored value: materialize it first',
    });
    await make(days, "a");

    expect(await load(days, "a", "b")).toEqual({ a: [], b: [{ name: "b" }] });
  });

  test("nothing at all is stored before there is a table, and is read as no rows", async () => {
    let rows: object[] = [];
    const partitions = staticPartitions(["a", "b"]);
    const quiet = asset("quiet", { ioManager: tables() }, () => rows);
    const first = asset(
      "quiet_first",
      { partitions, ioManager: tables(), metadata: { partition_expr: "name" } },
      ({ partitionKey }) => (partitionKey === "a" ? rows : [{ name: "b" }]),
    );

    await make(quiet);
    await make(first, "a");
    expect(await load(quiet)).toEqual([]);
    expect(await load(first, "a")).toEqual({ a: [] });
    rows = [{}, {}];
    await make(quiet);
    await make(first, "b");
    rows = [{ id: 1 }];
    await make(quiet);

    expect(await load(quiet)).toEqual([{ id: 1 }]);
    expect(await load(first, "a", "b")).toEqual({ a: [], b: [{ name: "b" }] });
    rows = [{}, {}];
    await make(quiet);
    expect(await load(quiet)).toEqual([{ id: null }, { id: null }]);
  });

  test("an asset of one code location does not replace the rows of another location's", async () => {
    const orders = asset("of_two/orders", { ioManager: tables() }, () => [{ id: 1 }]);

    expect(await makeIn("one", orders)).toEqual([]);
    expect(await makeIn("one", orders)).toEqual([]);
    expect(await makeIn("other", orders)).toEqual([
      expect.stringContaining('belongs to asset "of_two/orders" of code location "one"'),
    ]);
    await make(orders);
  });

  test("what only looks like rows is refused, naming it", async () => {
    class Order {
      get total(): number {
        return 1;
      }
    }
    const values = [new Map([["id", 5]]), new Date(0), new Error("x"), [1], new Order(), 5];
    const names = ["a Map", "a Date", "a Error", "an array", "a Order", "a number"];
    for (const [index, value] of values.entries()) {
      const wrong = asset("wrong_rows", { ioManager: tables() }, () => [{ id: 1 }, value]);
      await expect(make(wrong)).rejects.toThrow(`must be rows: row 1 is ${names[index]}`);
    }
    const blank = asset("blank_name", { ioManager: tables() }, () => [{ "": 1 }]);
    await expect(make(blank)).rejects.toThrow("a column has no name, as in row 0");
  });

  test("what no column can hold is refused with asset, column and row", async () => {
    const cells: [unknown, string][] = [
      ["a\ud800", "half a character"],
      [{ k: ["a\ud800"] }, "half a character within JSON at k[0]"],
      [{ k: Number.NaN }, "NaN within JSON at k"],
      [{ k: new Map() }, "a Map within JSON at k"],
      [{ k: new Uint8Array(1) }, "a Uint8Array within JSON at k"],
    ];
    for (const [cell, problem] of cells) {
      const bad = asset("bad_cells", { ioManager: tables() }, () => [{ x: null }, { x: cell }]);
      await expect(make(bad)).rejects.toThrow(`no column can hold ${problem}, as in "x" of row 1`);
    }
  });

  test("integers of any size, names with a meaning for objects and infinite times come back", async () => {
    const odd = JSON.parse('{"__proto__":"p","constructor":"c","toString":"t"}') as object;
    const rows = [
      { ...odd, wide: 2n ** 100n, nested: { big: 2n ** 60n, list: [1] }, at: new Date(0) },
      { wide: -1n, nested: null, at: Number.POSITIVE_INFINITY },
      { wide: null, nested: null, at: Number.NEGATIVE_INFINITY },
    ];
    Object.defineProperty(rows[0], "__proto__", { value: "p", enumerable: true });
    const kept = asset("kept", { ioManager: tables() }, () => rows);

    await make(kept);
    const loaded = (await load(kept)) as Readonly<Record<string, unknown>>[];

    expect(loaded.map(({ wide, nested, at }) => ({ wide, nested, at }))).toEqual(
      rows.map(({ wide, nested, at }) => ({ wide, nested, at })),
    );
    const own = Object.getOwnPropertyDescriptors(loaded[0]);
    expect([own["__proto__"]?.value, own["constructor"]?.value, loaded[1]?.["constructor"]]).toEqual([
      "p",
      "c",
      null,
    ]);
    await make(asset("kept", { ioManager: tables() }, () => loaded));
    expect(await load(kept)).toEqual(loaded);
  });
}

/** Rows that are handed over one by one. */
export function testStreams(tables: () => IoManager, make: Make, load: Load): void {
  const COUNT = 25_000;
  async function* numbers(from = 0): AsyncGenerator<{ id: number; name: string }> {
    for (let id = from; id < COUNT; id++) yield { id, name: `n${id}` };
  }

  test("an asset's stream of rows is stored, and read as a stream by the assets below", async () => {
    const source = asset("streamed", { ioManager: tables() }, () => numbers());
    const even = asset("streamed_even", { deps: [source], ioManager: tables() }, async function* (_, rows) {
      for await (const row of rows) if (row.id % 2 === 0) yield row;
    });
    const some = asset("streamed_some", { deps: [source], ioManager: tables() }, async (_, rows) => {
      const { value } = await rows.next();
      return [value];
    });

    const all = definitions({ assets: [source, even, some] });
    const made = await make(source);
    await make(even);
    await make(some);

    expect(made.eventsOf("ASSET_MATERIALIZATION")[0]?.metadata["row_count"]).toMatchObject({ value: COUNT });
    let count = 0;
    for await (const { id } of await loadAssetValue(all, even)) {
      expect(id).toBe(count * 2);
      count++;
    }
    expect(count).toBe(COUNT / 2);
    expect(await loadAssetValue(all, some)).toEqual([{ id: 0, name: "n0" }]);
  });

  test("a stream that fails leaves the rows before it, and is closed", async () => {
    let isClosed = false;
    let fails = false;
    const failing = asset("failing_stream", { ioManager: tables() }, async function* () {
      try {
        yield* numbers(COUNT - 20_000);
        if (fails) throw new Error("the source broke");
      } finally {
        isClosed = true;
      }
    });
    await make(failing);
    fails = true;
    isClosed = false;

    await expect(make(failing)).rejects.toThrow("the source broke");

    expect(isClosed).toBe(true);
    expect((await collect(await load(failing))).length).toBe(20_000);
  });

  test("a stream with a row that does not match the asset's schema leaves the rows before it, and says which", async () => {
    let bad = -1;
    const checked = asset(
      "checked_stream",
      { ioManager: tables(), schema: z.array(z.object({ id: z.int() })) },
      async function* () {
        for (let id = 0; id < 25_000; id++) yield { id: id === bad ? 0.5 : id };
      },
    );
    await make(checked);

    bad = 20_000;
    await expect(make(checked)).rejects.toThrow(
      'Nothing of asset "checked_stream" was stored. The value does not match the schema: [20000].id:',
    );

    expect(await collect(await load(checked))).toHaveLength(25_000);
  });

  test("a column that a stream brings late is refused unless it is declared", async () => {
    async function* late(): AsyncGenerator<object> {
      yield* numbers();
      yield { id: 1, name: "x", extra: 1.5 };
    }
    const columns = metadata.tableSchema([{ name: "extra", type: "double precision" }]);
    const bare = asset("late_bare", { ioManager: tables() }, () => late());
    const declared = asset("late_declared", { ioManager: tables(), metadata: { columns } }, () => late());

    await expect(make(bare)).rejects.toThrow(
      `brings the column "extra" within its first ${COUNT + 1} rows, but not at their beginning`,
    );
    await make(declared);

    const rows = await collect(await load(declared));
    expect(rows.map((row) => row["extra"]).filter((extra) => extra !== null)).toEqual([1.5]);
  });

  test("partitions are streamed in and out by themselves", async () => {
    const parts = asset(
      "stream_parts",
      {
        partitions: staticPartitions(["a", "b"]),
        ioManager: tables(),
        metadata: { partition_expr: "part" },
      },
      async function* ({ partitionKey }) {
        for await (const row of numbers(COUNT - 10)) yield { ...row, part: partitionKey };
      },
    );
    await Promise.all([make(parts, "a"), make(parts, "b")]);

    const { a, b } = (await load(parts, "a", "b")) as Record<"a" | "b", unknown>;
    expect(await collect(a)).toHaveLength(10);
    expect(await collect(b)).toHaveLength(10);
  });
}
