import { join } from "node:path";
import { assetKeyParts } from "@millrace/model/asset-key";
import type { StoredValueAddress } from "./io-manager.ts";

/**
 * The file that holds a value: `assets/shop/orders.v8`, `assets/shop/orders@/2024-01.v8` for a partition,
 * `runs/<run>/<step>/<output>.v8` for an op. No two addresses share a file, and none can leave the folder.
 */
export function storagePath(directory: string, address: StoredValueAddress, extension: string): string {
  if (address.assetKey === null) {
    const step = ["runs", toFileName(address.runId), toFileName(address.stepKey)];
    return join(directory, ...step, ...fileOf(toFileName(address.outputName), address.mappingKey, extension));
  }
  const parts = assetKeyParts(address.assetKey).map(toFileName);
  const name = parts.pop() ?? "";
  return join(directory, "assets", ...parts, ...fileOf(name, address.partitionKey, extension));
}

/** `@` stands in no encoded name, so the folder of an asset's partitions is never that of another asset. */
function fileOf(name: string, key: string | null, extension: string): string[] {
  return key === null ? [`${name}${extension}`] : [`${name}@`, `${toFileName(key)}${extension}`];
}

/** Keeps letters, digits and a few harmless signs; a dot is replaced too, so that `..` is an ordinary name. */
function toFileName(text: string): string {
  return encodeURIComponent(text).replaceAll(".", "%2E").replaceAll("*", "%2A");
}
