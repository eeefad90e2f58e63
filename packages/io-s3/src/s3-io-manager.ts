import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import {
  ioManager,
  storageName,
  valueFormats,
  ValueNotStored,
  type IoManager,
  type Resource,
  type StoredValueAddress,
  type ValueFormatName,
} from "millrace";
import type { S3Bucket } from "./s3-bucket.ts";

const CONTENT_TYPES: Readonly<Record<ValueFormatName, string>> = {
  clone: "application/octet-stream",
  json: "application/json",
  bytes: "application/octet-stream",
};

/** How values become objects. */
export interface S3IoManagerOptions {
  /** `clone`: what the structured clone algorithm keeps; `json`; or `bytes`, of texts and buffers. Default: `clone`. */
  readonly format?: ValueFormatName;
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
export function s3IoManager(
  name: string,
  bucket: Resource<S3Bucket>,
  options: S3IoManagerOptions = {},
): IoManager {
  const formatName = options.format ?? "clone";
  const format = valueFormats[formatName];
  return ioManager(name, {
    description: `Objects of S3 (${formatName})`,
    resources: { bucket },
    // An object appears as a whole or not at all, so nothing is left half-written when a worker dies.
    handleOutput: async (context, value) => {
      const { address, resources, signal } = context;
      const place = placeOf(resources.bucket, address, format.extension);
      const body = format.encode(value);
      const command = new PutObjectCommand({ ...place, Body: body, ContentType: CONTENT_TYPES[formatName] });
      await send(resources.bucket, () => resources.bucket.client.send(command, { abortSignal: signal }));
      if (address.assetKey !== null)
        context.addMetadata({ uri: `s3://${place.Bucket}/${place.Key}`, size: body.length });
    },
    loadInput: async ({ address, resources, signal }): Promise<unknown> => {
      const command = new GetObjectCommand(placeOf(resources.bucket, address, format.extension));
      const bytes = await send(resources.bucket, async () => {
        const { Body } = await resources.bucket.client.send(command, { abortSignal: signal });
        return Body?.transformToByteArray();
      }).catch((error: unknown) => {
        throw error instanceof NoSuchKey ? new ValueNotStored(address, { cause: error }) : error;
      });
      return format.decode(bytes ?? new Uint8Array());
    },
  });
}

function placeOf(
  { bucket, prefix }: S3Bucket,
  address: StoredValueAddress,
  extension: string,
): { readonly Bucket: string; readonly Key: string } {
  const name = storageName(address, extension);
  return { Bucket: bucket, Key: prefix === "" ? name : `${prefix}/${name}` };
}

/** A bucket did not answer as it should; the message names it. */
export class S3RequestFailed extends Error {
  readonly code = "s3_request_failed";

  constructor(bucket: string, cause: S3ServiceException) {
    super(`The bucket "${bucket}" refused a request (${cause.name}): ${cause.message}`, { cause });
    this.name = "S3RequestFailed";
  }
}

/** What services answer says neither where nor of what bucket. */
async function send<T>({ bucket }: S3Bucket, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof S3ServiceException && !(error instanceof NoSuchKey))
      throw new S3RequestFailed(bucket, error);
    throw error;
  }
}
