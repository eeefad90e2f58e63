import { NoSuchKey, S3ServiceException } from "@aws-sdk/client-s3";
import type { S3Bucket } from "./s3-bucket.ts";

/** A bucket did not answer as it should; the message names it. */
export class S3RequestFailed extends Error {
  readonly code = "s3_request_failed";

  constructor({ bucket, place }: Pick<S3Bucket, "bucket" | "place">, cause: S3ServiceException) {
    const status = cause.$metadata.httpStatusCode;
    const what = status === undefined ? cause.name : `${cause.name}, HTTP ${status}`;
    super(`The bucket "${bucket}" at ${place} refused a request (${what}): ${cause.message}`, { cause });
    this.name = "S3RequestFailed";
  }
}

/** There is no way to a bucket: no connection, no answer in time, no credentials. */
export class S3Unreachable extends Error {
  readonly code = "s3_unreachable";

  constructor({ bucket, place }: Pick<S3Bucket, "bucket" | "place">, cause: unknown) {
    // What connecting to several addresses throws has no message of its own.
    const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    const why = first instanceof Error ? first.message || first.name : String(first);
    super(`The bucket "${bucket}" at ${place} can not be reached: ${why}`, { cause });
    this.name = "S3Unreachable";
  }
}

/** What the client throws says neither where nor of what bucket. */
export async function asking<T>(
  bucket: S3Bucket,
  signal: AbortSignal,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw signal.aborted ? signal.reason : explain(bucket, error);
  }
}

/** Bytes that arrive, with errors that name the bucket. */
export async function* receiving(
  bucket: S3Bucket,
  signal: AbortSignal,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* bytes;
  } catch (error) {
    throw signal.aborted ? signal.reason : explain(bucket, error);
  }
}

function explain(bucket: S3Bucket, error: unknown): unknown {
  if (error instanceof NoSuchKey) return error;
  if (error instanceof S3ServiceException) return new S3RequestFailed(bucket, error);
  return isOfConnection(error) ? new S3Unreachable(bucket, error) : error;
}

function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    "code" in error ||
    /^(TimeoutError|CredentialsProviderError|AggregateError|AbortError)$/.test(error.name) ||
    error.message === "aborted"
  );
}
