import { resolveReference } from "@millrace/model/config/references";
import {
  isObject,
  type JsonSchema,
  type JsonSchemaObject,
  type JsonType,
} from "@millrace/model/config/json-schema";

/** What a form shows for one place of a config, read from its JSON Schema. */
export interface ConfigField {
  readonly title: string | null;
  readonly description: string | null;
  /** What counts when nothing is given; undefined: nothing does. */
  readonly defaultValue: unknown;
  readonly nullable: boolean;
  readonly shape: FieldShape;
}

/** Which input a field gets. Parts that are not described further are schemas: they are read when they are shown. */
export type FieldShape =
  | { readonly type: "text"; readonly look: "line" | "paragraph" | "secret"; readonly format: string | null }
  | {
      readonly type: "number";
      readonly integer: boolean;
      readonly minimum: number | null;
      readonly maximum: number | null;
    }
  | { readonly type: "boolean" }
  | { readonly type: "choice"; readonly options: readonly unknown[] }
  /** `rest`: what fields without a name of their own must be; null: nothing is known of such. */
  | {
      readonly type: "object";
      readonly properties: readonly ConfigProperty[];
      readonly rest: JsonSchema | null;
    }
  | {
      readonly type: "list";
      readonly item: JsonSchema;
      readonly minItems: number;
      readonly maxItems: number | null;
    }
  /** `names`: the only names there are; null: any. */
  | { readonly type: "record"; readonly value: JsonSchema; readonly names: readonly string[] | null }
  | { readonly type: "variants"; readonly variants: readonly FieldVariant[]; readonly tag: string | null }
  /** Anything else is written as JSON. */
  | { readonly type: "json" };

/** A named field of an object. */
export interface ConfigProperty {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** One of the forms that a value may have. */
export interface FieldVariant {
  readonly label: string;
  readonly schema: JsonSchema;
}

/** Texts that may be longer than this are written in several lines. */
const LONG_TEXT = 200;
/** References behind references; more is a circle. */
const MAX_HOPS = 20;

/**
 * Reads what a schema says about one place.
 *
 * @param root the whole document, which references lead into.
 */
export function readField(root: JsonSchema, schema: JsonSchema): ConfigField {
  const { node, nullable } = withoutNull(root, flatten(root, schema));
  return {
    title: node.title ?? null,
    description: node.description ?? null,
    defaultValue: node.default,
    nullable,
    shape: readShape(root, node),
  };
}

/** A schema with its references followed and the parts of `allOf` joined; what stands beside a reference counts more. */
function flatten(root: JsonSchema, schema: JsonSchema): JsonSchemaObject {
  let node: JsonSchemaObject = typeof schema === "boolean" ? {} : schema;
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    if (node.$ref !== undefined) {
      const { $ref, ...beside } = node;
      const target = resolveReference(root, $ref);
      node = { ...(typeof target === "boolean" ? {} : target), ...beside };
    } else if (node.allOf !== undefined) {
      const { allOf, ...beside } = node;
      node = [...allOf.map((part) => flatten(root, part)), beside].reduce(join);
    } else return node;
  }
  return {};
}

function join(a: JsonSchemaObject, b: JsonSchemaObject): JsonSchemaObject {
  const properties = { ...a.properties, ...b.properties };
  const required = [...new Set([...(a.required ?? []), ...(b.required ?? [])])];
  return {
    ...a,
    ...b,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** Takes null out of what a value may be. */
function withoutNull(
  root: JsonSchema,
  node: JsonSchemaObject,
): { readonly node: JsonSchemaObject; readonly nullable: boolean } {
  const { type, ...others } = node;
  if (Array.isArray(type) && type.includes("null")) {
    const types = type.filter((one) => one !== "null");
    const [only] = types;
    return {
      node: { ...others, ...(types.length === 1 && only ? { type: only } : { type: types }) },
      nullable: true,
    };
  }
  const alternatives = node.anyOf ?? node.oneOf;
  const real = alternatives?.filter((one) => flatten(root, one).type !== "null");
  if (!alternatives || !real || real.length === alternatives.length)
    return { node, nullable: node.nullable === true };
  const { anyOf: _, oneOf: __, ...beside } = node;
  const [only] = real;
  return {
    node:
      only !== undefined && real.length === 1
        ? { ...flatten(root, only), ...beside }
        : { ...beside, anyOf: real },
    nullable: true,
  };
}

function readShape(root: JsonSchema, node: JsonSchemaObject): FieldShape {
  const options = listOptions(root, node);
  if (options !== null) return { type: "choice", options };
  const alternatives = node.anyOf ?? node.oneOf;
  if (alternatives) return readVariants(root, alternatives);
  if (Array.isArray(node.type))
    return readVariants(
      root,
      (node.type as JsonType[]).map((type) => ({ type })),
    );
  switch (node.type) {
    case "string":
      return { type: "text", look: lookOfText(node), format: node.format ?? null };
    case "integer":
    case "number":
      return {
        type: "number",
        integer: node.type === "integer",
        minimum: boundOf(node.minimum),
        maximum: boundOf(node.maximum),
      };
    case "boolean":
      return { type: "boolean" };
    case "object":
      return readObject(root, node);
    case "array":
      return readList(node);
    default:
      return node.properties ? readObject(root, node) : { type: "json" };
  }
}

/** A bound that somebody has set; what a number can hold at all is none. */
function boundOf(bound: number | undefined): number | null {
  return bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? null : bound;
}

/** The values of an enumeration or of alternatives that are constants; null when there are others. */
function listOptions(root: JsonSchema, node: JsonSchemaObject): readonly unknown[] | null {
  if ("const" in node) return [node.const];
  if (node.enum) return node.enum;
  const alternatives = node.anyOf ?? node.oneOf;
  if (!alternatives) return null;
  const options = alternatives.map((one) => listOptions(root, flatten(root, one)));
  return options.every((option) => option !== null) ? options.flat() : null;
}

function lookOfText(node: JsonSchemaObject): "line" | "paragraph" | "secret" {
  if (node.writeOnly === true || node.format === "password") return "secret";
  const startsLong = typeof node.default === "string" && node.default.includes("\n");
  return startsLong || node.format === "multiline" || (node.maxLength ?? 0) >= LONG_TEXT
    ? "paragraph"
    : "line";
}

function readObject(root: JsonSchema, node: JsonSchemaObject): FieldShape {
  const { properties = {}, additionalProperties: rest, required = [] } = node;
  const known = Object.entries(properties);
  if (known.length > 0 || rest === false) {
    return {
      type: "object",
      properties: known.map(([name, schema]) => ({ name, schema, required: required.includes(name) })),
      rest: typeof rest === "object" ? rest : null,
    };
  }
  if (rest === undefined || rest === true) return { type: "json" };
  const names =
    node.propertyNames === undefined ? null : listOptions(root, flatten(root, node.propertyNames));
  return { type: "record", value: rest, names: names === null ? null : names.map(String) };
}

function readList({ items, prefixItems, minItems = 0, maxItems }: JsonSchemaObject): FieldShape {
  if (prefixItems || items === undefined || typeof items === "boolean") return { type: "json" };
  return { type: "list", item: items, minItems, maxItems: maxItems ?? null };
}

function readVariants(root: JsonSchema, alternatives: readonly JsonSchema[]): FieldShape {
  const nodes = alternatives.map((schema) => ({ schema, node: flatten(root, schema) }));
  const tag = findTag(
    root,
    nodes.map(({ node }) => node),
  );
  const variants = nodes.map(({ schema, node }, index) => ({
    label: node.title ?? (tag === null ? nameOfType(node) : tagOf(root, node, tag)) ?? `Form ${index + 1}`,
    schema,
  }));
  const seen = new Set<string>();
  return {
    type: "variants",
    tag,
    variants: variants.map((variant, index) => {
      const label = seen.has(variant.label) ? `${variant.label} (form ${index + 1})` : variant.label;
      seen.add(label);
      return { ...variant, label };
    }),
  };
}

/** The field whose constant tells alternatives apart; null when there is none. */
function findTag(root: JsonSchema, nodes: readonly JsonSchemaObject[]): string | null {
  const [first] = nodes;
  const names = Object.keys(first?.properties ?? {});
  return (
    names.find((name) => {
      const tags = nodes.map((node) => tagOf(root, node, name));
      return tags.every((tag) => tag !== null) && new Set(tags).size === nodes.length;
    }) ?? null
  );
}

function tagOf(root: JsonSchema, node: JsonSchemaObject, name: string): string | null {
  const schema = node.properties?.[name];
  const constant = schema === undefined ? undefined : flatten(root, schema).const;
  return typeof constant === "string" || typeof constant === "number" ? String(constant) : null;
}

const TYPE_NAMES: Readonly<Record<JsonType, string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "true or false",
  array: "list",
  object: "fields",
  null: "null",
};

function nameOfType(node: JsonSchemaObject): string | null {
  if (typeof node.type === "string") return TYPE_NAMES[node.type];
  return isObject(node.properties) ? TYPE_NAMES.object : null;
}
