import { createHash } from "node:crypto";
import { assetKeyParts, type AssetKey } from "../asset-key.ts";
import { UNKNOWN_DATA_VERSION } from "../data-version.ts";

/**
 * The data version of what code of this version makes from inputs of these versions: SHA-256, in hex, of the code version
 * followed by the input versions in the order of their asset keys. `UNKNOWN` if anything is unknown.
 * The same code and inputs have the same version in Dagster.
 *
 * @param inputDataVersions By canonical asset key.
 * @param codeVersion Null: unknown. A run puts its own id here for code without a version, so that each result is new.
 */
export function computeDataVersion(
  codeVersion: string | null,
  inputDataVersions: Readonly<Record<string, string>>,
): string {
  const inputs = Object.entries(inputDataVersions)
    .map(([key, version]) => ({ order: sortText(key as AssetKey), version }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map((input) => input.version);
  if (codeVersion === null || inputs.includes(UNKNOWN_DATA_VERSION)) return UNKNOWN_DATA_VERSION;
  return sha256([codeVersion, ...inputs]);
}

/** One version for all partitions of an input that something is computed from, given in the order of the partitions. */
export function combineDataVersions(dataVersions: readonly string[]): string {
  return sha256(dataVersions);
}

/** Keys are ordered as lists of quoted parts, so that `a/b` comes before `a`. */
function sortText(key: AssetKey): string {
  return `${assetKeyParts(key).join("', '")}']`;
}

function sha256(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part, "utf8");
  return hash.digest("hex");
}
