import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { asset } from "../../assets/asset.ts";
import { assetRef } from "../../assets/dependency.ts";
import type { PartitionValues } from "../../assets/dependency-values.ts";
import { env } from "../../config/environment.ts";
import { definitions } from "../../definitions/definitions.ts";
import type { Definitions } from "../../definitions/gathered.ts";
import { resolveDefinitions } from "../../definitions/resolve.ts";
import { executeRun } from "../run/execute-run.ts";
import { memoryRunInstance } from "../../context/memory-run-instance.ts";
import { daily, multiPartitions, staticPartitions } from "../../partitions/partitions.ts";
import { resource, withConfig } from "../../resources/resource.ts";
import { assetValueLoader, loadAssetValue } from "./asset-value-loader.ts";
import { ioManager } from "../../io/io-manager.ts";
import { findStorageDirectory } from "./storage-directory.ts";
import { ValueNotStored } from "../../io/value-not-stored.ts";
import type { ValuePartition } from "../../io/value-partition.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "millrace-values-")));
});
afterEach(() => rm(folder, { recursive: true }));

const sizes = asset("sizes", async () => new Map([["a", 1n]]));
const letters = asset("letters", { partitions: staticPartitions(["a", "b", "c"]) }, ({ partitionKey }) =>
  partitionKey.toUpperCase(),
);
const defs = definitions({ assets: [sizes, letters] });

/** Makes an asset in a run whose values go to a folder. */
const make = (defs: Definitions, key: string, storageDirectory: string, partitionKey: string | null = null) =>
  executeRun({
    definitions: resolveDefinitions(defs),
    instance: memoryRunInstance(),
    jobName: "__ASSET_JOB",
    assetSelection: [key],
    partitionKey,
    runId: "run-1",
    tags: {},
    runConfig: {},
    storageDirectory,
    sink: () => {},
  });

test("values that runs have stored are loaded with the assets' types", async () => {
  await make(defs, "sizes", folder);
  await make(defs, "letters", folder, "a");
  await make(defs, "letters", folder, "c");
  await using values = assetValueLoader(defs, { storageDirectory: folder });

  const whole = await values.load(sizes);
  const one = await values.load(letters, { partitionKey: "c" });
  const some = await values.load(letters, { partitionKeys: ["c", "b", "a"], allowMissing: true });

  expectTypeOf(whole).toEqualTypeOf<Map<string, bigint>>();
  expectTypeOf(one).toEqualTypeOf<string>();
  expectTypeOf(some).toEqualTypeOf<PartitionValues<string>>();
  expect(whole).toEqual(new Map([["a", 1n]]));
  expect(one).toBe("C");
  expect(Object.entries(some)).toEqual([
    ["c", "C"],
    ["a", "A"],
  ]);
  expect(await values.load(assetRef<Map<string, bigint>>("sizes"))).toEqual(whole);
  await expect(values.load(letters, { partitionKeys: ["a", "b"] })).rejects.toThrow(ValueNotStored);
});

test("what can not be asked for says why", async () => {
  const options = { storageDirectory: folder };
  const other = asset("other", () => 1);
  // @ts-expect-error An asset with partitions needs to be told which.
  const noKey = loadAssetValue(defs, letters, options);
  // @ts-expect-error An asset without partitions has no keys.
  const key = loadAssetValue(defs, sizes, { ...options, partitionKey: "a" });
  const disposed = assetValueLoader(defs, options);
  await disposed[Symbol.asyncDispose]();

  await expect(noKey).rejects.toThrow("it has partitions: name partitionKey or partitionKeys");
  await expect(key).rejects.toThrow("it has no partitions");
  await expect(loadAssetValue(defs, other, options)).rejects.toThrow("the definitions do not have it");
  await expect(disposed.load(sizes)).rejects.toThrow("the loader is disposed");
  await expect(loadAssetValue(defs, sizes, options)).rejects.toThrow("materialize it first");
  const lost = assetValueLoader(defs, { environmentVariables: {}, searchFrom: folder });
  await expect(lost.load(sizes)).rejects.toThrow(
    `there is no folder with stored values in or around ${folder}: name it with storageDirectory or MILLRACE_STORAGE`,
  );
});

test("the storage folder is that of the project's `millrace dev`, or what MILLRACE_STORAGE says", async () => {
  const storage = join(folder, ".millrace", "agent", "storage");
  const inner = join(folder, "src", "scripts");
  await mkdir(inner, { recursive: true });
  expect(findStorageDirectory({}, inner)).toBeNull();

  await mkdir(storage, { recursive: true });

  expect(findStorageDirectory({}, inner)).toBe(storage);
  expect(findStorageDirectory({ MILLRACE_STORAGE: "here" }, inner)).toBe(join(inner, "here"));
});

test("resources are set up once, when they are needed, and torn down at the end", async () => {
  const said: string[] = [];
  const base = resource("base", {
    setup: () => said.push("base up"),
    teardown: () => said.push("base down"),
  });
  const store = resource("store", {
    config: z.object({ place: z.string(), secret: z.string() }),
    resources: { base },
    setup: ({ config }) => {
      said.push(`store up at ${config.place} with ${config.secret}`);
      return new Map([["x", `from ${config.place}`]]);
    },
    teardown: () => said.push("store down"),
  });
  const bound = withConfig(store, { place: "here", secret: env("SECRET") });
  const named = (name: string) =>
    ioManager(name, {
      resources: { bound, base },
      config: z.object({ suffix: z.string().default("") }),
      handleOutput: () => {},
      loadInput: ({ resources, config }) => `${resources.bound.get("x")}${config.suffix}`,
    });
  const one = asset("one", { ioManager: named("first") }, () => "");
  const two = asset("two", { ioManager: named("second") }, () => "");
  const loader = assetValueLoader(definitions({ assets: [one, two] }), {
    config: { store: { place: "there" }, second: { suffix: "!" } },
    environmentVariables: { SECRET: "s3cret" },
  });
  expect(said).toEqual([]);

  const loaded = await Promise.all([loader.load(one), loader.load(two), loader.load(one)]);
  await loader[Symbol.asyncDispose]();

  expect(loaded).toEqual(["from there", "from there!", "from there"]);
  expect(said).toEqual(["base up", "store up at there with s3cret", "store down", "base down"]);
});

test("an IO manager knows what the partition of a value stands for", async () => {
  const seen: (ValuePartition | null)[] = [];
  const watching = ioManager("watching", {
    handleOutput: ({ partition }) => void seen.push(partition),
    loadInput: ({ partition }) => void seen.push(partition),
  });
  const days = daily({ start: "2024-03-30", timezone: "Europe/Berlin" });
  const plain = asset("plain", { ioManager: watching }, () => 1);
  const day = asset("day", { ioManager: watching, partitions: days }, () => 1);
  const multi = asset(
    "multi",
    { ioManager: watching, partitions: multiPartitions({ day: days, kind: staticPartitions(["x"]) }) },
    () => 1,
  );
  const defs = definitions({ assets: [plain, day, multi] });

  await make(defs, "plain", folder);
  await make(defs, "day", folder, "2024-03-31");
  await loadAssetValue(defs, multi, { partitionKey: "2024-03-31|x" });

  const window = { start: new Date("2024-03-30T23:00:00Z"), end: new Date("2024-03-31T22:00:00Z") };
  const part = { key: "2024-03-31", window, timezone: "Europe/Berlin" };
  const nothing = { window: null, timezone: null };
  expect(seen).toEqual([
    null,
    { ...part, dimensions: null },
    { key: "2024-03-31|x", ...nothing, dimensions: { day: part, kind: { key: "x", ...nothing } } },
  ]);
});
