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

/** What answers at a bucket's address speaks no S3, as the error page of a proxy; the message names the bucket. */
export class S3AnswerUnreadable extends Error {
  readonly code = "s3_answer_unreadable";

  constructor({ bucket, place }: Pick<S3Bucket, "bucket" | "place">, status: number, cause: Error) {
    super(
      `The bucket "${bucket}" at ${place} was answered for with what is no answer of S3 (HTTP ${status}): is that its endpoint, and is there a proxy in between?`,
      { cause },
    );
    this.name = "S3AnswerUnreadable";
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
  const status = statusOf(error);
  if (error instanceof Error && status !== null) return new S3AnswerUnreadable(bucket, status, error);
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

/** The status of an answer that the client could not read; null when there was none. */
function statusOf(error: unknown): number | null {
  const { httpStatusCode } =
    (error as Partial<Pick<S3ServiceException, "$metadata">> | null)?.$metadata ?? {};
  return httpStatusCode ?? null;
}
