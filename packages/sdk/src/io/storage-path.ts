import { join } from "node:path";
import { assetKeyParts } from "@millrace/model/asset-key";
import { ExpectedError } from "@millrace/model/expected-error";
import type { StoredValueAddress } from "./io-manager.ts";

/**
 * The name of a value's object: `assets/shop/orders.v8`, `assets/shop/orders@/2024-01.v8` for a partition,
 * `runs/<run>/<step>/<output>.v8` for an op. No two addresses share a name, on every platform, and none has a part `..` or
 * one that is longer than file systems take: of those the beginning is kept, and a hash stands for the rest.
 * IO managers for files, buckets and the like put their own folder or prefix before it.
 *
 * @param extension The name's end, such as `.v8`.
 */
export function storageName(address: StoredValueAddress, extension: string): string {
  if (address.assetKey === null) {
    const step = ["runs", toFileName(address.runId), toFileName(address.stepKey)];
    return [...step, ...fileOf(toFileName(address.outputName), address.mappingKey, extension)].join("/");
  }
  const parts = assetKeyParts(address.assetKey).map(toFileName);
  const name = parts.pop() ?? "";
  return ["assets", ...parts, ...fileOf(name, address.partitionKey, extension)].join("/");
}

/** Workers here share no folder: what one of them wrote, the next would not find. */
export class NoStorageDirectory extends ExpectedError {
  readonly code = "no_storage_directory";
}

/**
 * The file that holds a value. It never lies outside the folder.
 *
 * @throws NoStorageDirectory when the folder is empty text.
 */
export function storagePath(directory: string, address: StoredValueAddress, extension: string): string {
  if (directory === "")
    throw new NoStorageDirectory(
      "The workers of this agent share no folder for values: give assets and ops an IO manager that all of them reach, such as a bucket or a database",
    );
  return join(directory, storageName(address, extension));
}

/** `@` stands in no encoded name, so the folder of an asset's partitions is never that of another asset. */
function fileOf(name: string, key: string | null, extension: string): string[] {
  return key === null ? [`${name}${extension}`] : [`${name}@`, `${toFileName(key)}${extension}`];
}

/** Names of files have up to 255 bytes on all systems, of which an extension takes some. */
const MAX_NAME_BYTES = 220;
/** How much of a name that is too long is kept, for people. */
const KEPT_BYTES = 150;

/**
 * Keeps letters, digits and a few harmless signs; a dot is replaced too, so that `..` is an ordinary name. `@` stands before a
 * hash alone: no name that is short enough has it.
 */
function toFileName(text: string): string {
  const name = encodeURIComponent(text).replaceAll(".", "%2E").replaceAll("*", "%2A");
  if (name.length <= MAX_NAME_BYTES) return name;
  const kept = name.slice(0, KEPT_BYTES).replace(/%[^%]?$/, "");
  // Loaded where a name is too long only: it takes some milliseconds.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `${kept}@${createHash("sha256").update(text).digest("hex").slice(0, 40)}`;
}
