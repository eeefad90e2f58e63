import { ExpectedError } from "@millrace/model/expected-error";
import { isInstant } from "@millrace/model/metadata-shape";
import { listFields, orElse, readField, renderValue } from "@millrace/model/errors/render-value";
import { plainMetadataValue } from "@millrace/model/plain-metadata";
import { isDeeperThan, MAX_JSON_DEPTH } from "@millrace/model/text-limits";
import type { Metadata, MetadataValue } from "@millrace/model/metadata";
import { definitionKind } from "../definition/definition.ts";
import { METADATA_VALUE, type MetadataInput, type MetadataRecord } from "./metadata.ts";

/**
 * Named metadata as it travels: every value with its type, nothing but JSON. Never throws: what can't be shown must not fail
 * what it is said of.
 */
export function toMetadata(record: MetadataRecord | undefined): Metadata {
  if (typeof record !== "object" || record === null) return {};
  return Object.fromEntries(
    listFields(record)
      .map((name) => [name, readField(record, name) as MetadataInput | undefined] as const)
      .filter((entry): entry is readonly [string, MetadataInput] => entry[1] !== undefined)
      .map(([name, value]) => [name, toMetadataValue(value)]),
  );
}

/** Metadata that nobody can show as it was meant. */
class InvalidMetadata extends ExpectedError {
  readonly code = "invalid_metadata";
}

/** `toMetadata` for what a definition says of itself. @throws InvalidMetadata for a function */
export function toDefinitionMetadata(record: MetadataRecord | undefined): Metadata {
  const [name] = listFunctions(record);
  if (name !== undefined)
    throw new InvalidMetadata(`metadata "${name}" is a function, which nobody calls: give what it returns`);
  return toMetadata(record);
}

/** The names of metadata that are functions: an author has forgotten to call them. */
export function listFunctions(record: MetadataRecord | undefined): string[] {
  if (typeof record !== "object" || record === null) return [];
  return listFields(record).filter((name) => typeof readField(record, name) === "function");
}

/** One metadata value as it travels. What it may not be, such as a function, is shown as a text. */
export function toMetadataValue(value: MetadataInput): MetadataValue {
  return orElse(() => readValue(value), { type: "text", text: renderValue(value) });
}

function readValue(value: unknown): MetadataValue {
  if (value === null) return plainMetadataValue(value);
  switch (typeof value) {
    case "string":
    case "boolean":
    case "number":
      return plainMetadataValue(value);
    case "bigint": {
      const number = Number(value);
      return Number.isSafeInteger(number)
        ? { type: "int", value: number }
        : { type: "text", text: String(value) };
    }
    case "object":
      return objectToMetadataValue(value);
    default:
      return { type: "text", text: renderValue(value) };
  }
}

function objectToMetadataValue(value: object): MetadataValue {
  if (METADATA_VALUE in value) {
    const { [METADATA_VALUE]: _, ...plain } = value as MetadataValue & { readonly [METADATA_VALUE]: true };
    if ((plain.type === "int" || plain.type === "float") && !Number.isFinite(plain.value))
      return { type: "text", text: String(plain.value) };
    return plain.type === "json" ? { type: "json", json: toJson(plain.json) } : plain;
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

/**
 * What JSON keeps of a value. Big integers and what else JSON has no word for become text, maps objects, sets lists. What nobody
 * can store must not fail the step that has made it.
 */
function toJson(value: unknown): unknown {
  if (isDeeperThan(value, MAX_DEPTH)) return `left out: nested deeper than ${MAX_DEPTH} levels`;
  const text = JSON.stringify(value, (_key, item: unknown) => toJsonItem(item));
  return text === undefined ? null : JSON.parse(text);
}

function toJsonItem(item: unknown): unknown {
  switch (typeof item) {
    case "bigint":
      return String(item);
    case "number":
      return Number.isFinite(item) ? item : String(item);
    case "function":
    case "symbol":
      return renderValue(item);
    default:
      break;
  }
  if (item instanceof Map)
    return Object.fromEntries(
      [...item].map(([key, held]) => [typeof key === "string" ? key : renderValue(key), held as unknown]),
    );
  return item instanceof Set ? [...item] : item;
}
