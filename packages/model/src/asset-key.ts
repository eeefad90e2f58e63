import { isDefinitionName } from "./names.ts";

declare const assetKeyBrand: unique symbol;

/**
 * The identity of an asset: an ordered path of parts, held as one canonical string.
 *
 * The string joins the parts with `/`; a slash or backslash inside a part is escaped with a backslash. Two keys are
 * the same asset exactly when their strings are equal, so a key is compared with `===`, is a `Map` key, a JSON value,
 * a database column and (URL-encoded) a link without any conversion. For every key that a definition may have,
 * the canonical string is also what users see: `warehouse/orders`.
 */
export type AssetKey = string & { readonly [assetKeyBrand]: "AssetKey" };

/**
 * The key with these parts, or the key an author writes as one string: the string is split at every `/`, and a
 * backslash is an ordinary character. Does not check the rules for definitions, see `isAssetDefinitionKey`.
 */
export function assetKey(key: string | readonly string[]): AssetKey {
  const parts = typeof key === "string" ? key.split("/") : key;
  return parts.map(escapePart).join("/") as AssetKey;
}

/**
 * Reads a key from escaped text: a canonical key from the wire, the database or a link, or what a user typed.
 * A backslash takes the next character literally; one slash at the end is ignored.
 */
export function parseAssetKey(text: string): AssetKey {
  const parts = splitEscaped(text);
  if (parts.length > 0 && parts[parts.length - 1] === "") parts.pop();
  return assetKey(parts);
}

/** The parts of a key, unescaped, in order. */
export function assetKeyParts(key: AssetKey): string[] {
  return splitEscaped(key);
}

/** The key for display only: parts joined with `/`, nothing escaped, so it can not be read back if a part has a slash. */
export function formatAssetKey(key: AssetKey): string {
  return key.includes("\\") ? splitEscaped(key).join("/") : key;
}

/**
 * The name of the step that computes an asset of its own: parts joined with `__`, and `.` and `-` turned into `_`,
 * as in `warehouse__orders`.
 */
export function assetStepName(key: AssetKey): string {
  return splitEscaped(key).join("__").replaceAll(/[.-]/g, "_");
}

/**
 * Whether an asset may be defined under this key: its step name must be a valid name. Assets that only others refer to
 * (external ones) are not bound by this.
 */
export function isAssetDefinitionKey(key: AssetKey): boolean {
  return isDefinitionName(assetStepName(key));
}

function escapePart(part: string): string {
  return part.includes("/") || part.includes("\\") ? part.replaceAll(/[\\/]/g, "\\$&") : part;
}

function splitEscaped(text: string): string[] {
  if (!text.includes("\\")) return text.split("/");
  const parts: string[] = [];
  let part = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "\\") part += text[++i] ?? "";
    else if (char === "/") {
      parts.push(part);
      part = "";
    } else part += char;
  }
  parts.push(part);
  return parts;
}
