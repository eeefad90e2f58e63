import { isInstant } from "@millrace/model/metadata-shape";
import { isDeeperThan, MAX_JSON_DEPTH } from "@millrace/model/text-limits";
import type { Metadata, MetadataValue } from "@millrace/model/metadata";
import { definitionKind } from "../definition/definition.ts";
import { METADATA_VALUE, type MetadataInput, type MetadataRecord } from "./metadata.ts";

/** Named metadata as it travels: every value with its type, nothing but JSON. */
export function toMetadata(record: MetadataRecord | undefined): Metadata {
  if (record === undefined) return {};
  return Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, toMetadataValue(value)]),
  );
}

/** One metadata value as it travels. */
export function toMetadataValue(value: MetadataInput): MetadataValue {
  if (value === null) return { type: "null" };
  switch (typeof value) {
    case "string":
      return { type: "text", text: value };
    case "boolean":
      return { type: "bool", value };
    case "bigint": {
      const number = Number(value);
      return Number.isSafeInteger(number)
        ? { type: "int", value: number }
        : { type: "text", text: String(value) };
    }
    case "number":
      // JSON has no NaN and no infinity.
      if (!Number.isFinite(value)) return { type: "text", text: String(value) };
      return { type: Number.isInteger(value) ? "int" : "float", value };
    default:
      return objectToMetadataValue(value);
  }
}

function objectToMetadataValue(value: object): MetadataValue {
  if (METADATA_VALUE in value) {
    const { [METADATA_VALUE]: _, ...plain } = value as MetadataValue & { readonly [METADATA_VALUE]: true };
    return plain;
  }
  if (value instanceof Date)
    return isInstant(value.getTime() / 1000)
      ? { type: "timestamp", timestamp: value.getTime() / 1000 }
      : { type: "text", text: String(value) };
  if (value instanceof URL) return { type: "url", url: value.href };
  const kind = definitionKind(value);
  if ((kind === "asset" || kind === "asset_ref") && "key" in value)
    return { type: "asset", assetKey: String(value.key) };
  return { type: "json", json: toJson(value) };
}

/** An event has some levels of its own around its metadata. */
const MAX_DEPTH = MAX_JSON_DEPTH - 10;

/** What JSON keeps of a value; big integers become text. What nobody can store must not fail the step that has made it. */
function toJson(value: unknown): unknown {
  if (isDeeperThan(value, MAX_DEPTH)) return `left out: nested deeper than ${MAX_DEPTH} levels`;
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? String(item) : item,
  );
  return text === undefined ? null : JSON.parse(text);
}
