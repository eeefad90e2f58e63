import {
  hasType,
  isEnvironmentValue,
  isEqualJson,
  isObject,
  type JsonSchema,
} from "@millrace/model/config/json-schema";
import { readField, type FieldVariant } from "./config-field.ts";

/** Deeper than any real config; a schema that requires itself would go on without end. */
const MAX_DEPTH = 50;

/** An object with one field changed, or removed when the value is undefined. */
export function setProperty(
  object: unknown,
  name: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(isObject(object) ? object : {});
  const kept = entries.filter(([other]) => value !== undefined || other !== name);
  if (value === undefined) return Object.fromEntries(kept);
  return kept.some(([other]) => other === name)
    ? Object.fromEntries(kept.map(([other, old]) => [other, other === name ? value : old]))
    : Object.fromEntries([...kept, [name, value]]);
}

/** An object with a field under another name, at the same place. */
export function renameProperty(
  object: Readonly<Record<string, unknown>>,
  from: string,
  to: string,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name === from ? to : name, value]),
  );
}

/** A list with one item at another place. */
export function moveItem(items: readonly unknown[], from: number, to: number): readonly unknown[] {
  if (to < 0 || to >= items.length) return items;
  const rest = items.toSpliced(from, 1);
  return rest.toSpliced(to, 0, items[from]);
}

/** `name`, or `name2`, `name3`, … when it is taken. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  for (let number = 2; ; number++) if (!taken.includes(`${name}${number}`)) return `${name}${number}`;
}

/** What a new item, entry or variant begins with: its default, its only value, or something empty of its type. */
export function emptyValue(root: JsonSchema, schema: JsonSchema): unknown {
  const { defaultValue, shape } = readField(root, schema);
  if (defaultValue !== undefined) return defaultValue;
  switch (shape.type) {
    case "text":
      return "";
    case "boolean":
      return false;
    case "choice":
      return shape.options.length === 1 ? shape.options[0] : null;
    case "object":
    case "record":
      return fillRequired(root, schema, {});
    case "list":
      return [];
    default:
      return null;
  }
}

/**
 * A value with what must be there anyway: objects, lists and records that are required, empty, and constants. So a form can be
 * filled field by field, and what is still missing is named field by field.
 */
export function fillRequired(root: JsonSchema, schema: JsonSchema, value: unknown, depth = 0): unknown {
  if (value === undefined || value === null || isEnvironmentValue(value) || depth > MAX_DEPTH) return value;
  const { shape } = readField(root, schema);
  const fill = (inner: JsonSchema, part: unknown): unknown => fillRequired(root, inner, part, depth + 1);
  if (shape.type === "object" && isObject(value)) {
    let filled: Readonly<Record<string, unknown>> = value;
    for (const { name, schema: inner, required } of shape.properties) {
      const part =
        value[name] ?? (required && !Object.hasOwn(value, name) ? requiredPart(root, inner) : undefined);
      const complete = fill(inner, part);
      if (complete !== undefined && complete !== value[name]) filled = setProperty(filled, name, complete);
    }
    return filled;
  }
  if (shape.type === "list" && Array.isArray(value))
    return mapChanged(value, (item) => fill(shape.item, item));
  if (shape.type === "record" && isObject(value)) {
    const entries = Object.entries(value);
    const parts = mapChanged(Object.values(value), (part) => fill(shape.value, part));
    return entries.every(([, part], index) => part === parts[index])
      ? value
      : Object.fromEntries(entries.map(([name], index) => [name, parts[index]]));
  }
  if (shape.type === "variants") {
    const variant = findVariant(root, shape.variants, shape.tag, value);
    return variant === null ? value : fill(variant.schema, value);
  }
  return value;
}

function requiredPart(root: JsonSchema, schema: JsonSchema): unknown {
  const { defaultValue, nullable, shape } = readField(root, schema);
  if (defaultValue !== undefined || nullable) return undefined;
  if (shape.type === "object" || shape.type === "record") return {};
  if (shape.type === "list") return [];
  return shape.type === "choice" && shape.options.length === 1 ? shape.options[0] : undefined;
}

function mapChanged(items: readonly unknown[], map: (item: unknown) => unknown): readonly unknown[] {
  const mapped = items.map(map);
  return mapped.every((item, index) => item === items[index]) ? items : mapped;
}

/** The form that a value has among several; null when it has none of them. */
export function findVariant(
  root: JsonSchema,
  variants: readonly FieldVariant[],
  tag: string | null,
  value: unknown,
): FieldVariant | null {
  const fits = variants.filter(({ schema }) => hasShape(root, schema, value));
  if (tag === null || !isObject(value)) {
    const complete = fits.find(({ schema }) => hasAllRequired(root, schema, value));
    return complete ?? fits[0] ?? null;
  }
  return fits.find(({ schema }) => isTagged(root, schema, tag, value[tag])) ?? null;
}

function hasShape(root: JsonSchema, schema: JsonSchema, value: unknown): boolean {
  const { shape } = readField(root, schema);
  switch (shape.type) {
    case "text":
      return typeof value === "string";
    case "number":
      return hasType(value, shape.integer ? "integer" : "number");
    case "boolean":
      return typeof value === "boolean";
    case "choice":
      return shape.options.some((option) => isEqualJson(option, value));
    case "object":
    case "record":
      return isObject(value);
    case "list":
      return Array.isArray(value);
    case "variants":
      return findVariant(root, shape.variants, shape.tag, value) !== null;
    case "json":
      return value !== undefined;
  }
}

function hasAllRequired(root: JsonSchema, schema: JsonSchema, value: unknown): boolean {
  const { shape } = readField(root, schema);
  if (shape.type !== "object" || !isObject(value)) return true;
  return shape.properties.every(({ name, required }) => !required || Object.hasOwn(value, name));
}

function isTagged(root: JsonSchema, schema: JsonSchema, tag: string, value: unknown): boolean {
  const { shape } = readField(root, schema);
  const property = shape.type === "object" ? shape.properties.find(({ name }) => name === tag) : undefined;
  return property !== undefined && hasShape(root, property.schema, value);
}

/** Both configs as one; where both say something, `over` counts. Only objects are merged, lists are replaced. */
export function mergeConfig(under: unknown, over: unknown): unknown {
  if (over === undefined || over === null) return under;
  if (!isObject(under) || !isObject(over)) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) merged[name] = mergeConfig(under[name], value);
  return merged;
}
