import {
  assetKey,
  assetKeyParts,
  assetStepName,
  formatAssetKey,
  isAssetDefinitionKey,
  parseAssetKey,
} from "@millrace/model/asset-key";
import { checkConfig, type ConfigError } from "@millrace/model/config/check-config";
import type { JsonSchema, JsonSchemaObject } from "@millrace/model/config/json-schema";
import { parseKinds } from "@millrace/model/kinds";
import { isValidName, NAMED_THINGS } from "@millrace/model/names";
import { parseOwner } from "@millrace/model/owners";
import { spacedJson } from "@millrace/model/spaced-json";
import { parseDefinitionTag, parseRunTag } from "@millrace/model/tags";

type VectorSchema = { readonly required?: boolean } & (
  | { readonly type: "int" | "float" | "string" | "bool" | "any" }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | { readonly type: "array"; readonly items: VectorSchema }
  | { readonly type: "map"; readonly values: VectorSchema }
  | { readonly type: "nullable"; readonly of: VectorSchema }
  | {
      readonly type: "shape" | "permissive" | "selector";
      readonly fields: Readonly<Record<string, VectorSchema>>;
    }
);
type ConfigAndTagsCase =
  | {
      readonly kind: "definition_tag" | "run_tag";
      readonly key: string;
      readonly value: unknown;
      readonly expected: unknown;
    }
  | {
      readonly kind: "asset_key_from_user_string" | "asset_key_from_escaped_user_string";
      readonly string: string;
    }
  | { readonly kind: "asset_key_format" | "asset_definition_key"; readonly path: readonly string[] }
  | { readonly kind: "name"; readonly of: string; readonly name: string }
  | { readonly kind: "owner"; readonly owner: string }
  | { readonly kind: "kinds"; readonly kinds: readonly string[] }
  | { readonly kind: "config"; readonly schema: VectorSchema; readonly config: unknown };

export function runCase(testCase: unknown): unknown {
  const vector = testCase as ConfigAndTagsCase;
  switch (vector.kind) {
    case "definition_tag":
      return tagResult(vector.expected, () => parseDefinitionTag(vector.key, vector.value));
    case "run_tag":
      return tagResult(vector.expected, () => parseRunTag(vector.key, vector.value));
    case "asset_key_from_user_string": {
      const key = assetKey(vector.string);
      return { path: assetKeyParts(key), user_string: formatAssetKey(key) };
    }
    case "asset_key_from_escaped_user_string": {
      const key = parseAssetKey(vector.string);
      return { path: vector.string === "" ? [] : assetKeyParts(key), escaped_user_string: key };
    }
    case "asset_key_format": {
      const key = assetKey(vector.path);
      return {
        user_string: formatAssetKey(key),
        escaped_user_string: key,
        stored_string: spacedJson(vector.path),
        python_identifier: assetStepName(key),
      };
    }
    case "asset_definition_key":
      return { valid: isAssetDefinitionKey(assetKey(vector.path)) };
    case "name": {
      const thing = NAMED_THINGS.find((candidate) => candidate === vector.of);
      if (!thing) throw new Error(`nothing named is a ${vector.of}`);
      return { valid: isValidName(thing, vector.name) };
    }
    case "owner":
      return { valid: passes(() => parseOwner(vector.owner)) };
    case "kinds":
      return { valid: passes(() => parseKinds(vector.kinds)) };
    case "config":
      return configResult(vector.schema, vector.config);
  }
}

/** The words of a reason are informative, so an expected one is taken over; the stored form is only told for some cases. */
function tagResult(expected: unknown, parse: () => string): unknown {
  try {
    const stored = parse();
    return hasField(expected, "stored") ? { valid: true, stored } : { valid: true };
  } catch {
    return { valid: false, ...(hasField(expected, "reason") && { reason: expected.reason }) };
  }
}

function hasField<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, unknown>> {
  return typeof value === "object" && value !== null && name in value;
}

function passes(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

const KINDS: Readonly<Record<ConfigError["kind"], string>> = {
  type_mismatch: "type_mismatch",
  value_not_allowed: "type_mismatch",
  missing_field: "missing_field",
  unknown_field: "unknown_field",
  field_count: "selector",
  too_deep: "too_deep",
};

function configResult(schema: VectorSchema, config: unknown): unknown {
  const result = checkConfig(toJsonSchema(schema), pythonValue(schema, config));
  if (result.ok) return result;
  return { ok: false, errors: result.errors.map(({ path, kind }) => ({ path, kind: KINDS[kind] })) };
}

function toJsonSchema(schema: VectorSchema): JsonSchema {
  switch (schema.type) {
    case "int":
      return { type: "integer" };
    case "float":
      return { type: "number" };
    case "string":
      return { type: "string" };
    case "bool":
      return { type: "boolean" };
    case "any":
      return true;
    case "enum":
      return { type: "string", enum: schema.values };
    case "array":
      return { type: "array", items: toJsonSchema(schema.items) };
    case "map":
      return { type: "object", additionalProperties: toJsonSchema(schema.values) };
    case "nullable":
      return { anyOf: [toJsonSchema(schema.of), { type: "null" }] };
    case "shape":
    case "permissive":
      return {
        ...fieldsToJsonSchema(schema.fields),
        additionalProperties: schema.type === "permissive",
      };
    case "selector":
      return {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(schema.fields).map(([name, field]) => [name, toJsonSchema(field)]),
        ),
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
      };
  }
}

function fieldsToJsonSchema(fields: Readonly<Record<string, VectorSchema>>): JsonSchemaObject {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const schema = toJsonSchema(field);
    const implied = field.required === false ? undefined : impliedDefault(field);
    properties[name] = implied === undefined ? schema : { allOf: [schema], default: implied };
    if (field.required !== false) required.push(name);
  }
  return { type: "object", properties, required };
}

/** In the reference a required field may be left out when its type allows nothing: null, or an object without fields. */
function impliedDefault(schema: VectorSchema): unknown {
  if (schema.type === "nullable") return null;
  if (schema.type !== "shape" && schema.type !== "permissive") return undefined;
  const needsNothing = Object.values(schema.fields).every(
    (field) => field.required === false || impliedDefault(field) !== undefined,
  );
  return needsNothing ? {} : undefined;
}

/** In Python, where the vectors come from, `True` is the number 1, so it is one wherever a float is wanted. */
function pythonValue(schema: VectorSchema, config: unknown): unknown {
  if (schema.type === "float") return typeof config === "boolean" ? Number(config) : config;
  if (schema.type === "nullable") return pythonValue(schema.of, config);
  if (Array.isArray(config))
    return schema.type === "array" ? config.map((item) => pythonValue(schema.items, item)) : config;
  if (typeof config !== "object" || config === null) return config;
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      const field =
        schema.type === "map" ? schema.values : "fields" in schema ? schema.fields[name] : undefined;
      return [name, field ? pythonValue(field, value) : value];
    }),
  );
}
