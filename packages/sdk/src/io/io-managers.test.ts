import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canMount, mountSmallDisk } from "@millrace/model/testing/small-disk";
import type { RunEvent } from "@millrace/model/run-event";
import { assetKey } from "@millrace/model/asset-key";
import { asset } from "../assets/asset.ts";
import { materializeResult } from "../assets/asset-result.ts";
import { definitions } from "../definitions/definitions.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import { executeRun } from "../execution/run/execute-run.ts";
import { memoryRunInstance } from "../context/memory-run-instance.ts";
import { job } from "../jobs/job.ts";
import { op } from "../graphs/op.ts";
import { valueResource } from "../resources/resource.ts";
import { staticPartitions } from "../partitions/partitions.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import {
  bytesIoManager,
  fileIoManager,
  formatIoManager,
  jsonIoManager,
  parquetIoManager,
  streamIoManager,
} from "./file-io-managers.ts";
import { parquetFile } from "./parquet-file.ts";
import { ioManager, type StoredValueAddress } from "./io-manager.ts";
import { memoryIoManager } from "./memory-io-manager.ts";
import { storagePath } from "./storage-path.ts";
import { writePipesInputs } from "../pipes/pipes-inputs.ts";

let storageDirectory: string;
beforeEach(async () => {
  storageDirectory = await mkdtemp(join(tmpdir(), "millrace-io-"));
});
afterEach(() => rm(storageDirectory, { recursive: true }));

/** Runs assets with values in files; gives back how it ended and what was said. */
async function run(
  assets: Parameters<typeof definitions>[0]["assets"],
  selection: string[],
  partitionKey?: string,
): Promise<string[]> {
  const messages: string[] = [];
  await executeRun({
    definitions: resolveDefinitions(definitions({ assets: assets ?? [] })),
    instance: memoryRunInstance(),
    jobName: "__ASSET_JOB",
    assetSelection: selection,
    ...(partitionKey === undefined ? {} : { partitionKey }),
    runId: "run-1",
    tags: {},
    runConfig: {},
    storageDirectory,
    sink: (event) =>
      void (/RUN_(SUCCESS|FAILURE)|STEP_FAILURE/.test(event.type) && messages.push(event.message)),
  });
  return messages;
}

test("values live in files from run to run, as what they were", async () => {
  const value = {
    at: new Date(0),
    sizes: new Map([["a", 1n]]),
    bytes: new Uint8Array([1, 2]),
    nothing: undefined,
  };
  const seen: unknown[] = [];
  const made = asset("shop/made", async () => value);
  const used = asset("used", { deps: [made] }, (_context, loaded) => void seen.push(loaded));

  await run([made, used], ["shop/made"]);
  await run([made, used], ["used"]);

  expect(seen).toEqual([value]);
  expect(await readdir(join(storageDirectory, "assets", "shop"))).toEqual(["made.v8"]);
});

test("loading what was never stored says what to do", async () => {
  const made = asset("made", async () => 1);
  const used = asset("used", { deps: [made] }, (_context, loaded) => loaded);

  expect(await run([made, used], ["used"])).toEqual([
    'Step used failed: asset "made" has no stored value: materialize it first',
    "Step failed: used",
  ]);
});

test("an asset can be stored as JSON or as bytes", async () => {
  const json = asset("json", { ioManager: jsonIoManager }, async () => ({ a: [1] }));
  const bytes = asset("bytes", { ioManager: bytesIoManager }, async () => "text");
  // @ts-expect-error a number is neither text nor bytes
  const wrong = asset("wrong", { ioManager: bytesIoManager }, async () => 1);

  const messages = await run([json, bytes, wrong], ["json", "bytes", "wrong"]);
  const lost = asset("lost", { ioManager: jsonIoManager }, async function* () {
    yield { id: 1 };
  });
  expect((await run([lost], ["lost"]))[0]).toContain('The format "json" stores no streams');

  expect(await readFile(join(storageDirectory, "assets/json.json"), "utf8")).toBe('{"a":[1]}');
  expect(await readFile(join(storageDirectory, "assets/bytes.bin"), "utf8")).toBe("text");
  expect(messages[0]).toContain('The format "bytes" stores text and bytes, not number');
});

test("no two addresses share a file, and none leaves the folder", () => {
  const base = { runId: "r", stepKey: "s", outputName: "o", mappingKey: null, partitionKey: null };
  const addresses: StoredValueAddress[] = [
    { ...base, assetKey: assetKey("a/b") },
    { ...base, assetKey: assetKey(["a/b"]) },
    { ...base, assetKey: assetKey("a"), partitionKey: "b" },
    { ...base, assetKey: assetKey("a"), partitionKey: "../../b" },
    { ...base, assetKey: assetKey(["..", "..", "b"]) },
    { ...base, assetKey: assetKey("a@/b") },
    { ...base, assetKey: null },
    { ...base, assetKey: null, mappingKey: "o" },
    ...["報告".repeat(100), "x".repeat(300), `${"x".repeat(300)}y`, "%".repeat(73), "%".repeat(74)].flatMap(
      (long) => [
        { ...base, assetKey: assetKey([long, long]) },
        { ...base, assetKey: assetKey("a"), partitionKey: long },
        { ...base, assetKey: null, mappingKey: long },
      ],
    ),
  ];

  const paths = addresses.map((address) => storagePath("/storage", address, ".v8"));

  expect(new Set(paths).size).toBe(addresses.length);
  expect(paths.every((path) => path.startsWith("/storage/"))).toBe(true);
  expect(Math.max(...paths.flatMap((path) => path.split("/")).map((name) => name.length))).toBeLessThan(240);
});

test("values are stored under names of any length and script", async () => {
  const keys = [
    "日本語の非常に長いファイル名です二〇二四年一月の売上報告書",
    "x".repeat(230),
    "y".repeat(900),
  ];
  const seen: unknown[] = [];
  const partitions = staticPartitions(keys);
  const made = asset("made", { partitions }, ({ partitionKey }) => partitionKey);
  const used = asset("used", { partitions, deps: [made] }, (_context, value) => void seen.push(value));

  for (const key of keys) await run([made, used], ["made", "used"], key);

  expect(seen).toEqual(keys);
});

test("a value that can not be written leaves no draft, and drafts of writers that died are cleared away", async () => {
  const drafts = join(storageDirectory, "drafts");
  await mkdir(drafts);
  const [old, fresh] = [join(drafts, "1-old"), join(drafts, "2-fresh")];
  for (const path of [old, fresh]) await writeFile(path, "half");
  const days = new Date(Date.now() - 2 * 24 * 3_600_000);
  await utimes(old, days, days);
  // A folder where the value's file is to be can not be replaced.
  await mkdir(join(storageDirectory, "assets", "blocked.v8", "inner"), { recursive: true });
  const blocked = asset("blocked", () => Buffer.alloc(100_000));

  expect(await run([blocked], ["blocked"])).toContainEqual(expect.stringContaining("Step blocked failed"));

  expect(await readdir(drafts)).toEqual(["2-fresh"]);
});

test.runIf(canMount)(
  "a value that finds no room fails its step, which says where and what to do",
  async () => {
    using disk = mountSmallDisk(64);
    const large = asset("large", () => Buffer.alloc(100_000));
    const events: RunEvent[] = [];
    await executeRun({
      definitions: resolveDefinitions(definitions({ assets: [large] })),
      instance: memoryRunInstance(),
      jobName: "__ASSET_JOB",
      runId: "run-1",
      tags: {},
      runConfig: {},
      storageDirectory: disk.folder,
      sink: (event) => void events.push(event),
    });

    expect(events.find(({ type }) => type === "STEP_FAILURE")).toMatchObject({
      error: {
        name: "NoRoomLeft",
        code: "no_room_left",
        message: `The value of asset "large" can't be stored: there is no room left on the disk of ${disk.folder} (ENOSPC): free some, or give it a larger one`,
      },
    });
    expect(await readdir(join(disk.folder, "drafts"))).toEqual([]);
  },
);

test.runIf(canMount)(
  "a full disk that any IO manager meets is said with the value, also where it was to be loaded, and with an input of Pipes",
  async () => {
    using disk = mountSmallDisk(64);
    const write = () => writeFile(join(disk.folder, "copy"), Buffer.alloc(100_000));
    let stores = false;
    const copies = ioManager("copies", {
      handleOutput: () => (stores ? undefined : write()),
      loadInput: write,
    });
    const large = asset("large", { ioManager: copies }, () => 1);
    const below = asset("below", { deps: [large] }, () => 2);

    const full = (what: string) =>
      new RegExp(`The value of asset "large" can't be ${what}: .*"copies" writes \\(ENOSPC\\): free some`);
    await expect(materialize([large], { ioManagers: { copies } })).rejects.toThrow(full("stored"));
    stores = true;
    await expect(materialize([large, below], { ioManagers: { copies } })).rejects.toThrow(full("loaded"));
    const format = { extension: ".bin", encode: (value: unknown) => value as Buffer, decode: String };
    await expect(
      writePipesInputs(disk.folder, { orders: { value: Buffer.alloc(100_000), format } }),
    ).rejects.toThrow(`The input orders can't be written for the script: there is no room left`);
  },
);

test("an IO manager of one's own uses resources, metadata and replacements", async () => {
  const tables = new Map<string, unknown>();
  const db = valueResource("db", tables);
  const own = ioManager("tables", {
    resources: { db },
    handleOutput: (context, value) => {
      context.resources.db.set(String(context.address.assetKey), value);
      context.addMetadata({ rows: Array.isArray(value) ? value.length : 0 });
    },
    loadInput: (context) => context.resources.db.get(String(context.address.assetKey)),
  });
  const orders = asset("orders", { ioManager: own }, async () => materializeResult({ value: [1, 2] }));
  const sum = asset("sum", { deps: [orders] }, (_context, rows) => rows.length);

  const result = await materialize([orders, sum], { ioManagers: { tables: own } });

  expect(tables.get("orders")).toEqual([1, 2]);
  expect(result.value(sum)).toBe(2);
  expect(result.eventsOf("ASSET_MATERIALIZATION")[0]?.metadata).toEqual({ rows: { type: "int", value: 2 } });
  expect(result.eventsOf("HANDLED_OUTPUT")[0]?.metadata).toEqual({ rows: { type: "int", value: 2 } });
});

test("the default IO manager is one of files", () => {
  expect(resolveDefinitions(definitions({})).ioManagers.get("default")).toBe(fileIoManager);
});

test("an op that returns nothing stores nothing, unless a step takes what it returns", async () => {
  const stored = new Map<string, unknown>();
  const nothing = op("nothing", () => {});
  const seen: unknown[] = [];
  const look = op("look", (_context, value: void) => void seen.push(value));
  const alone = job("alone", () => void nothing.with({ alias: "after", after: [nothing()] })());
  const taken = job("taken", () => void look(nothing()));

  const first = await executeJob(alone, { ioManagers: { default: memoryIoManager(stored) } });
  expect(stored.size).toBe(0);
  expect(first.eventsOf("STEP_OUTPUT").map((event) => event.stepKey)).toEqual(["nothing", "after"]);
  expect(first.eventsOf("HANDLED_OUTPUT")).toEqual([]);

  const second = await executeJob(taken, { ioManagers: { default: memoryIoManager(stored) } });
  expect(second.eventsOf("HANDLED_OUTPUT").map((event) => event.stepKey)).toEqual(["nothing"]);
  expect(seen).toEqual([undefined]);
  expect((await executeJob(alone)).output("nothing")).toBeUndefined();
});

test("values are kept whatever their size", async () => {
  const large = asset("large", async () => Buffer.alloc(100_000, 7));
  const used = asset("used", { deps: [large] }, (_context, bytes) => bytes.length);

  expect(await run([large, used], ["large"])).not.toContainEqual(expect.stringContaining("failed"));
  expect(await run([large, used], ["used"])).not.toContainEqual(expect.stringContaining("failed"));

  expect((await readdir(join(storageDirectory, "assets"))).toSorted()).toEqual(["large.v8", "used.v8"]);
});

test("where workers share no folder, a file has no place, and the error says what to do", () => {
  const address = {
    assetKey: assetKey("orders"),
    partitionKey: null,
    runId: "r",
    stepKey: "s",
    outputName: "o",
    mappingKey: null,
  };
  expect(() => storagePath("", address, ".v8")).toThrow(
    /share no folder for values.* a bucket or a database/,
  );
});

test("a renamed asset's values are found where they were stored under the key it had, until it is made again", async () => {
  const seen: unknown[] = [];
  const before = asset("raw", () => 1);
  await run([before], ["raw"]);
  const now = asset("clean/orders", { renamedFrom: ["never/made", "raw"] }, () => 2);
  const used = asset("used", { deps: [now] }, (_context, value) => void seen.push(value));

  await run([now, used], ["used"]);
  await run([now, used], ["clean/orders", "used"]);
  const nowhere = asset("new", { renamedFrom: "gone" }, () => 3);
  const messages = await run([nowhere, asset("fails", { deps: [nowhere] }, () => 4)], ["fails"]);

  expect(seen).toEqual([1, 2]);
  expect(messages.join("\n")).toContain('asset "new" has no stored value');
});

test("files are streamed in and out, and one whose stream fails stays as it was", async () => {
  let fails = false;
  const big = asset("big", { ioManager: streamIoManager }, async function* () {
    for (let piece = 0; piece < 50; piece++) yield Buffer.alloc(10_000, piece);
    if (fails) throw new Error("the source broke");
    yield "end";
  });
  const sizes: number[] = [];
  const used = asset("used", { deps: [big] }, async (_context, bytes) => {
    let size = 0;
    for await (const piece of bytes) size += piece.length;
    sizes.push(size);
  });

  await run([big, used], ["big", "used"]);
  fails = true;
  expect(await run([big, used], ["big"])).toContainEqual(expect.stringContaining("the source broke"));
  await run([big, used], ["used"]);

  expect(sizes).toEqual([500_003, 500_003]);
  expect(await readdir(join(storageDirectory, "drafts"))).toEqual([]);
});

test("the file of an asset that returns nothing is not told as the place of its data", async () => {
  const kept = asset("kept", () => 1);
  const elsewhere = asset("elsewhere", () => {});

  const result = await materialize([kept, elsewhere], { ioManagers: { default: fileIoManager } });

  const told = result
    .eventsOf("ASSET_MATERIALIZATION")
    .map(({ assetKey: key, metadata }) => [key, Object.keys(metadata)]);
  expect(Object.fromEntries(told)).toEqual({ kept: ["path"], elsewhere: [] });
});

test("a Parquet file is copied and given as a file; values in a format of one's own are files too", async () => {
  const path = join(storageDirectory, "made-elsewhere");
  const made = asset("made", { ioManager: parquetIoManager }, async () => {
    await writeFile(path, Buffer.alloc(100_000, 1));
    return parquetFile(path);
  });
  const texts = formatIoManager("texts", {
    extension: ".txt",
    encode: (value) => Buffer.from(String(value)),
    decode: (bytes) => Buffer.from(bytes).toString(),
  });
  const sizes: string[] = [];
  const used = asset("used", { deps: [made], ioManager: texts }, async (_context, file) => {
    sizes.push(file.path, String((await readFile(file.path)).length));
    return sizes.length;
  });
  // @ts-expect-error a number is no Parquet file
  const wrong = asset("wrong", { ioManager: parquetIoManager }, () => 1);

  await run([made, used], ["made"]);
  await rm(path);
  await run([made, used], ["used"]);

  expect(sizes).toEqual([join(storageDirectory, "assets", "made.parquet"), "100000"]);
  expect(await readFile(join(storageDirectory, "assets", "used.txt"), "utf8")).toBe("2");
  expect((await run([wrong], ["wrong"]))[0]).toContain("stored with parquetFile(path), not number");
});
