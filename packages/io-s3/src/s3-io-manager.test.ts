import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  asset,
  definitions,
  env,
  job,
  loadAssetValue,
  op,
  parquetFile,
  staticPartitions,
  withConfig,
  type Asset,
  type IoManager,
} from "millrace";
import { findTestPython } from "millrace/internal/pipes/test-python";
import { executeJob, materialize } from "millrace/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { s3Bucket } from "./s3-bucket.ts";
import { s3IoManager, type S3IoManagerOptions } from "./s3-io-manager.ts";
import { MOTO, startTestS3, type TestS3 } from "./test-s3.ts";

const found = await findTestPython(...MOTO);
if ("missing" in found) console.warn(`Skipped: ${found.missing}`);

describe.skipIf("missing" in found)("with a server that speaks S3's protocol", () => {
  let server: TestS3;
  let client: S3Client;
  beforeAll(async () => {
    server = await startTestS3("python" in found ? found.python : "");
    const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
    client = new S3Client({
      endpoint: server.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials,
    });
    await client.send(new CreateBucketCommand({ Bucket: "values" }));
  });
  afterAll(async () => {
    client.destroy();
    await server[Symbol.asyncDispose]();
  });

  const configAt = (bucket: string, prefix: string) => ({
    bucket,
    prefix,
    endpoint: server.endpoint,
    accessKeyId: "key",
    secretAccessKey: env("S3_SECRET"),
  });
  const bucketAt = (bucket: string, prefix: string) =>
    withConfig(s3Bucket("bucket"), configAt(bucket, prefix));
  const managerAt = (prefix: string, options?: S3IoManagerOptions): IoManager =>
    s3IoManager("s3", bucketAt("values", prefix), options);
  const environmentVariables = { S3_SECRET: "very-secret" };
  beforeAll(() => void vi.stubEnv("S3_SECRET", environmentVariables.S3_SECRET));
  afterAll(() => vi.unstubAllEnvs());
  const listObjects = async (prefix: string): Promise<Record<string, number>> => {
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: "values", Prefix: prefix }),
    );
    return Object.fromEntries(Contents.map((object) => [object.Key ?? "", object.Size ?? 0]));
  };

  test("assets, their partitions and outputs of ops are objects of their own", async () => {
    const s3 = managerAt("/one/");
    const value = { at: new Date(0), sizes: new Map([["a", 1n]]) };
    const made = asset("shop/made", { ioManager: s3 }, () => value);
    const part = asset(
      "shop/part",
      { ioManager: s3, partitions: staticPartitions(["a/b", "c"]) },
      ({ partitionKey }) => partitionKey,
    );
    const used = asset("used", { deps: [made] }, (_context, loaded) => loaded);
    const one = op("one", () => 1);
    const seen: number[] = [];
    const take = op("take", (_context, number: number) => void seen.push(number));

    const result = await materialize([made, used], { ioManagers: { s3 } });
    for (const partitionKey of ["a/b", "c"]) await materialize([part], { ioManagers: { s3 }, partitionKey });
    const ops = job("ops", () => void take(one()));
    await executeJob(ops, { ioManagers: { default: s3 } });

    expect(result.value(used)).toEqual(value);
    expect(seen).toEqual([1]);
    const objects = await listObjects("one/");
    expect(Object.keys(objects)).toEqual([
      "one/assets/shop/made.v8",
      "one/assets/shop/part@/a%2Fb.v8",
      "one/assets/shop/part@/c.v8",
      expect.stringMatching(/^one\/runs\/[\w-]+\/one\/result\.v8$/),
    ]);
    expect(result.eventsOf("ASSET_MATERIALIZATION")[0]?.metadata).toEqual({
      uri: { type: "text", text: "s3://values/one/assets/shop/made.v8" },
      size: { type: "int", value: objects["one/assets/shop/made.v8"] },
    });
    const options = { partitionKeys: ["a/b", "c"], environmentVariables };
    expect(await loadAssetValue(definitions({ assets: [part] }), part, options)).toEqual({
      "a/b": "a/b",
      c: "c",
    });
  });

  test("values are JSON or bytes where that is asked for", async () => {
    const json = asset("prices", { ioManager: managerAt("two", { format: "json" }) }, () => ({ apple: 1.5 }));
    const bytes = asset("text", { ioManager: managerAt("two", { format: "bytes" }) }, () => "ä");
    for (const target of [json, bytes])
      await materialize([target], target.ioManager ? { ioManagers: { s3: target.ioManager } } : {});

    expect(await listObjects("two/")).toEqual({ "two/assets/prices.json": 13, "two/assets/text.bin": 2 });
    const load = (target: typeof json | typeof bytes) =>
      loadAssetValue<unknown>(definitions({ assets: [target] }), target, { environmentVariables });
    expect(await load(json)).toEqual({ apple: 1.5 });
    expect(await load(bytes)).toEqual(Buffer.from("ä"));
  });

  test("what is not stored says so, and a bucket that is not there is named", async () => {
    const never = asset("never", { ioManager: managerAt("three") }, () => 1);
    const lost = asset("lost", { ioManager: s3IoManager("s3", bucketAt("no-such-bucket", "")) }, () => 1);
    const load = (target: typeof never | typeof lost) =>
      loadAssetValue(definitions({ assets: [target] }), target, { environmentVariables });

    await expect(load(never)).rejects.toMatchObject({
      code: "value_not_stored",
      message: 'asset "never" has no stored value: materialize it first',
    });
    await expect(load(lost)).rejects.toMatchObject({
      code: "s3_request_failed",
      message: expect.stringContaining("refused a request (NoSuchBucket, HTTP 404)"),
    });
  });

  test("streams of bytes and large values are stored in parts, and streamed back", async () => {
    async function* bytes(): AsyncGenerator<Buffer | string> {
      for (let piece = 0; piece < 20; piece++) yield Buffer.alloc(1_000_000, piece);
      yield "end";
    }
    const stream = managerAt("parts", { format: "stream", extension: ".parquet" });
    const streamed = asset("streamed", { ioManager: stream }, () => bytes());
    const counted = asset("counted", { deps: [streamed] }, async (_, value) => {
      let size = 0;
      for await (const piece of value) size += piece.length;
      return size;
    });
    const broken = asset("broken", { ioManager: stream }, async function* () {
      yield Buffer.alloc(20_000_000);
      throw Object.assign(new Error("the source broke"), { code: "ENOENT" });
    });
    const large = asset("large", { ioManager: managerAt("parts", { format: "bytes" }) }, () =>
      Buffer.alloc(20_000_000, 1),
    );

    const make = async (target: Asset) =>
      materialize([target], target.ioManager ? { ioManagers: { s3: target.ioManager } } : {});
    await make(streamed);
    await make(large);
    await expect(make(broken)).rejects.toThrow("the source broke");
    const together = await materialize([streamed, counted], { ioManagers: { s3: stream } });

    expect(await listObjects("parts/")).toEqual({
      "parts/assets/large.bin": 20_000_000,
      "parts/assets/streamed.parquet": 20_000_003,
    });
    expect(together.value(counted)).toBe(20_000_003);
    const loaded = await loadAssetValue(definitions({ assets: [large] }), large, { environmentVariables });
    expect(loaded).toHaveLength(20_000_000);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: "values" }));
    expect(Uploads).toEqual([]);
  });

  test("a Parquet file is uploaded, and the assets below get a copy as long as they run", async () => {
    const s3 = managerAt("files", { format: "parquet" });
    const folder = await mkdtemp(join(tmpdir(), "millrace-s3-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const made = asset("made", { ioManager: s3 }, async () => {
      await writeFile(join(folder, "made"), "PAR1");
      return parquetFile(join(folder, "made"));
    });
    const used = asset("used", { deps: [made] }, async (_context, file) => [
      file.path,
      await readFile(file.path, "utf8"),
    ]);

    const result = await materialize([made, used], { ioManagers: { s3 } });

    expect(await listObjects("files/")).toEqual({ "files/assets/made.parquet": 4 });
    expect(result.value(used)[1]).toBe("PAR1");
    expect(existsSync(result.value(used)[0] ?? "")).toBe(false);
  });

  test("what is to go with each object goes with it, and unknown options are refused", async () => {
    const options = {
      ServerSideEncryption: "AES256",
      StorageClass: "STANDARD_IA",
      Tagging: "team=data",
    } as const;
    const at = (upload: object): IoManager =>
      s3IoManager("s3", withConfig(s3Bucket("bucket"), { ...configAt("values", "kept"), upload }));
    const secret = asset("secret", { ioManager: at(options) }, () => 1);
    await materialize([secret], { ioManagers: { s3: at(options) } });

    const head = await client.send(new HeadObjectCommand({ Bucket: "values", Key: "kept/assets/secret.v8" }));
    expect(head).toMatchObject({ ServerSideEncryption: "AES256", StorageClass: "STANDARD_IA" });
    const s3 = at({ serverSideEncryption: "AES256" });
    const unknown = asset("unknown", { ioManager: s3 }, () => 1);
    await expect(materialize([unknown], { ioManagers: { s3 } })).rejects.toThrow("serverSideEncryption");
  });

  test("the secret does not show in what a run logs", async () => {
    const leaky = asset("leaky", { ioManager: managerAt("four") }, ({ log }) => {
      log.info(`using ${environmentVariables.S3_SECRET}`);
      return 1;
    });

    const result = await materialize([leaky], { ioManagers: { s3: managerAt("four") } });

    expect(result.eventsOf("LOG")[0]?.message).toBe("using ****");
  });
});
