import { join, resolve } from "node:path";
import type { Ids } from "@millrace/model/randomness";
import { parseS3Place } from "@millrace/protocol/object-storage/s3-place";
import { createLogBucket } from "./log-bucket.ts";
import { createLogFolder } from "./log-folder.ts";
import { parseLogKeys } from "./log-keys.ts";
import { sealStorage } from "./sealed-storage.ts";
import type { LogStorage } from "./log-storage.ts";

/**
 * Where output is kept.
 *
 * @param where `s3://BUCKET/PREFIX` or a folder. Default: the folder `logs` in `home`.
 * @param keys what it is sealed with, see `parseLogKeys`. Default: it is not.
 * @throws S3PlaceInvalid, LogKeyUnusable
 */
export function openLogStorage(
  home: string,
  ids: Ids,
  where = join(home, "logs"),
  keys: string | null = null,
): LogStorage {
  const storage = where.startsWith("s3:")
    ? createLogBucket(parseS3Place(where))
    : createLogFolder(resolve(where), ids);
  return keys === null ? storage : sealStorage(storage, parseLogKeys(keys), ids);
}

/**
 * Checks what can be known of such a place before it is opened.
 *
 * @throws S3PlaceInvalid
 */
export function checkLogPlace(where: string): void {
  if (where.startsWith("s3:")) parseS3Place(where);
}
