import { Readable } from "node:stream";
import { GetObjectCommand, NoSuchKey, PutObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import {
  ioManager,
  storageName,
  ValueNotStored,
  type IoManager,
  type Resource,
  type StoredValueAddress,
} from "millrace";
import { objectFormat, type ObjectFormatOption, type StoredAs } from "./object-formats.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import { asking, receiving } from "./s3-errors.ts";

/** Larger objects go in parts of this size, of which two are in memory. S3 takes 10,000 parts: 160 GB. */
const PART_BYTES = 16_777_216;

/** How values become objects. */
export interface S3IoManagerOptions<F extends ObjectFormatOption = ObjectFormatOption> {
  /**
   * `clone`: what the structured clone algorithm keeps; `json`; `bytes`, of texts and buffers; `stream`: async iterables of
   * bytes, such as Node's streams; `parquet`: files named with `parquetFile`; or a format of your own. Streams and Parquet files
   * are stored and loaded in constant memory. Default: `clone`.
   */
  readonly format?: F;
  /** How the names of objects end, such as `.parquet`. Default: as the format says. */
  readonly extension?: string;
}

/**
 * An IO manager that stores each value as an object of a bucket: `assets/shop/orders.v8` under the bucket's prefix, and
 * `assets/shop/orders@/2024-01.v8` for a partition. Values of ops go to `runs/<run>/<step>`.
 *
 * @example
 * const storage = withConfig(s3Bucket("storage"), { bucket: "reports", prefix: "production" });
 * export const defs = definitions({
 *   assets: [asset("prices", () => ({ apple: 1.2 }))],
 *   ioManagers: { default: s3IoManager("s3_json", storage, { format: "json" }) },
 * });
 */
export function s3IoManager<const F extends ObjectFormatOption = "clone">(
  name: string,
  bucket: Resource<S3Bucket>,
  options: S3IoManagerOptions<F> = {},
): IoManager<StoredAs<F>> {
  const format = objectFormat(options.format ?? "clone");
  const { extension = format.extension } = options;
  return ioManager(name, {
    description: `Objects of S3 (${format.description})`,
    resources: { bucket },
    // An object appears as a whole or not at all, so nothing is left half-written when a worker dies.
    handleOutput: async (context, value) => {
      const { address, resources, signal } = context;
      const place = placeOf(resources.bucket, address, extension);
      const object = { ...resources.bucket.upload, ...place, ContentType: format.contentType };
      const body = format.toBody(value);
      const size =
        body instanceof Uint8Array
          ? await upload(resources.bucket, object, body, signal)
          : await uploadStream(resources.bucket, object, body, signal);
      if (address.assetKey !== null) context.addMetadata({ uri: `s3://${place.Bucket}/${place.Key}`, size });
    },
    loadInput: async (context): Promise<unknown> => {
      const { address, resources, signal } = context;
      const command = new GetObjectCommand(placeOf(resources.bucket, address, extension));
      const { Body } = await asking(resources.bucket, signal, () =>
        resources.bucket.client.send(command, { abortSignal: signal }),
      ).catch((error: unknown) => {
        throw error instanceof NoSuchKey ? new ValueNotStored(address, { cause: error }) : error;
      });
      const bytes = Body instanceof Readable ? Body : Readable.from([]);
      return format.fromBody(receiving(resources.bucket, signal, bytes), context);
    },
  });
}

type NewObject = ReturnType<typeof placeOf> & S3Bucket["upload"] & { readonly ContentType: string };

async function upload(
  bucket: S3Bucket,
  object: NewObject,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<number> {
  if (bytes.length > PART_BYTES) return uploadStream(bucket, object, piecesOf(bytes), signal);
  const command = new PutObjectCommand({ ...object, Body: bytes });
  await asking(bucket, signal, () => bucket.client.send(command, { abortSignal: signal }));
  return bytes.length;
}

/** Sends an object in parts. What has arrived of one that fails is given up, so that it costs nothing. */
async function uploadStream(
  bucket: S3Bucket,
  object: NewObject,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  let size = 0;
  let broken: { readonly error: unknown } | null = null;
  async function* counted(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const piece of bytes) {
        size += piece.byteLength;
        yield piece;
      }
    } catch (error) {
      broken = { error };
      throw error;
    }
  }
  const uploading = new Upload({
    client: bucket.client,
    params: { ...object, Body: Readable.from(counted(), { objectMode: false }) },
    partSize: PART_BYTES,
    queueSize: 2,
  });
  const abort = (): void => void uploading.abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await asking(bucket, signal, () => uploading.done()).catch((error: unknown) => {
      // What the stream itself threw is no failure of the bucket.
      throw broken === null ? error : broken.error;
    });
  } finally {
    signal.removeEventListener("abort", abort);
  }
  return size;
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array, void, void> {
  for (let from = 0; from < bytes.length; from += PART_BYTES) yield bytes.subarray(from, from + PART_BYTES);
}

function placeOf(
  { bucket, prefix }: S3Bucket,
  address: StoredValueAddress,
  extension: string,
): { readonly Bucket: string; readonly Key: string } {
  const name = storageName(address, extension);
  return { Bucket: bucket, Key: prefix === "" ? name : `${prefix}/${name}` };
}
