import { formatS3Place, type S3Place } from "@millrace/protocol/object-storage/s3-place";
import type { S3Objects } from "@millrace/protocol/object-storage/s3-objects";
import { LogBytesMissing, type LogStorage } from "./log-storage.ts";

/** Keeps output as objects in a bucket. The client for it is loaded when it is first used. */
export function createLogBucket(bucket: S3Place): LogStorage {
  const place = formatS3Place(bucket);
  let opened: Promise<S3Objects> | null = null;
  const open = (): Promise<S3Objects> => {
    opened ??= import("@millrace/protocol/object-storage/s3-objects").then(({ createS3Objects }) =>
      createS3Objects(bucket),
    );
    return opened;
  };
  return {
    place,
    put: async (key, bytes) => (await open()).put(key, bytes),
    async get(key, start, end) {
      const bytes = await (await open()).get(key, start, end);
      if (bytes?.length === end - start) return bytes;
      throw new LogBytesMissing(place, key);
    },
    list: async (folder) => (await open()).list(folder),
    remove: async (keys) => (await open()).remove(keys),
  };
}
