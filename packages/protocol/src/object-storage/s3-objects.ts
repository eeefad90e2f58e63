import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { S3Place } from "./s3-place.ts";

/** Of one request to remove objects. */
const MAX_REMOVED = 1_000;

/** Objects in a bucket, by their keys behind the place's prefix. */
export interface S3Objects {
  put(key: string, bytes: Buffer): Promise<void>;
  /** The bytes from `start` up to `end`; null: there is no such object. */
  get(key: string, start: number, end: number): Promise<Buffer | null>;
  list(folder: string): Promise<{ readonly key: string; readonly writtenAt: number }[]>;
  remove(keys: readonly string[]): Promise<void>;
}

/**
 * Reaches a bucket with what AWS's tools go by: environment (also `AWS_ENDPOINT_URL_S3` for a service that speaks S3's protocol), profile,
 * role of the machine.
 */
export function createS3Objects({ bucket, prefix }: S3Place): S3Objects {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const isElsewhere = (AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined;
  const client = new S3Client({
    // Without limits a connection that was dropped without a word would be waited for for ever.
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
    region: AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1",
    // Other services do not all know buckets as names of hosts, nor the checksums that AWS's client adds by itself.
    forcePathStyle: isElsewhere,
    ...(isElsewhere
      ? {
          requestChecksumCalculation: "WHEN_REQUIRED" as const,
          responseChecksumValidation: "WHEN_REQUIRED" as const,
        }
      : {}),
  });
  const before = prefix === "" ? "" : `${prefix}/`;

  return {
    async put(key, bytes) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: before + key, Body: bytes }));
    },
    async get(key, start, end) {
      try {
        const range = `bytes=${start}-${end - 1}`;
        const command = new GetObjectCommand({ Bucket: bucket, Key: before + key, Range: range });
        const { Body } = await client.send(command);
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (error instanceof NoSuchKey) return null;
        throw error;
      }
    },
    async list(folder) {
      const objects: { key: string; writtenAt: number }[] = [];
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        const command: ListObjectsV2Command = new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: `${before}${folder}/`,
          ContinuationToken: token,
        });
        const page = await client.send(command);
        for (const { Key = "", LastModified } of page.Contents ?? [])
          objects.push({ key: Key.slice(before.length), writtenAt: LastModified?.getTime() ?? 0 });
        token = page.NextContinuationToken;
      }
      return objects;
    },
    async remove(keys) {
      for (let at = 0; at < keys.length; at += MAX_REMOVED) {
        const Objects = keys.slice(at, at + MAX_REMOVED).map((key) => ({ Key: before + key }));
        const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
        const { Errors: [failed] = [] } = await client.send(command);
        if (failed !== undefined)
          throw new Error(`The bucket "${bucket}" did not remove ${failed.Key}: ${failed.Message}`);
      }
    },
  };
}
