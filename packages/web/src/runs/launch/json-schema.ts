import { Validator } from "@cfworker/json-schema";

/** What is wrong at one place of a run config; `path` is dotted, such as `ops.flights.config.year`, empty for the whole. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

/** A JSON Schema as far as this app looks into it. */
interface SchemaNode {
  readonly type?: unknown;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

/** Reads the text of a run config and checks it against its schema, if it has one. */
export function checkConfig(
  text: string,
  schema: unknown,
): { readonly config: unknown; readonly problems: readonly ConfigProblem[] } {
  let config: unknown;
  try {
    config = text.trim() === "" ? {} : JSON.parse(text);
  } catch (error) {
    return {
      config: null,
      problems: [{ path: "", message: `This is not JSON: ${(error as Error).message}` }],
    };
  }
  if (typeof schema !== "object" || schema === null) return { config, problems: [] };
  return { config, problems: listProblems(config, schema) };
}

/** Words that only say that something below is wrong; what is wrong below is listed itself. */
const OUTER_KEYWORDS = new Set([
  "properties",
  "items",
  "additionalProperties",
  "allOf",
  "$ref",
  "unevaluatedProperties",
]);

function listProblems(config: unknown, schema: object): ConfigProblem[] {
  const { errors } = new Validator(schema, "2020-12", false).validate(config);
  const problems = new Map<string, ConfigProblem>();
  for (const error of errors) {
    if (
      OUTER_KEYWORDS.has(error.keyword) &&
      errors.some(
        (other) =>
          other !== error &&
          other.instanceLocation.startsWith(error.instanceLocation) &&
          !OUTER_KEYWORDS.has(other.keyword),
      )
    )
      continue;
    const path = toPath(error.instanceLocation);
    problems.set(`${path} ${error.error}`, { path, message: error.error });
  }
  return [...problems.values()];
}

/** `#/ops/a~1b/config` is `ops.a/b.config`. */
function toPath(pointer: string): string {
  return pointer
    .replace(/^#\/?/, "")
    .split("/")
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
    .filter((part) => part !== "")
    .join(".");
}

/**
 * A value to begin with: defaults where the schema has them, and an empty value of the right type for what must be given.
 * Undefined when the schema asks for nothing.
 */
export function startValue(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return undefined;
  const node = schema as SchemaNode;
  if (node.default !== undefined) return node.default;
  if (node.const !== undefined) return node.const;
  if (node.properties) {
    const entries = Object.entries(node.properties).flatMap(([name, property]): [string, unknown][] => {
      const value =
        startValue(property) ?? (node.required?.includes(name) ? emptyValue(property) : undefined);
      return value === undefined ? [] : [[name, value]];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  return undefined;
}

/** Both configs as one; where both say something, `over` counts. Only objects are merged, lists are replaced. */
export function mergeConfig(under: unknown, over: unknown): unknown {
  if (over === undefined || over === null) return under;
  if (!isObject(under) || !isObject(over)) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) merged[name] = mergeConfig(under[name], value);
  return merged;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function emptyValue(schema: unknown): unknown {
  const node = (schema ?? {}) as SchemaNode;
  if (node.enum && node.enum.length > 0) return node.enum[0];
  switch (node.type) {
    case "string":
      return "";
    case "number":
    case "integer":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "object":
      return {};
    default:
      return null;
  }
}

/** A field that a run config may have, for the list beside the editor. */
export interface ConfigField {
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string | null;
}

/** The fields of a schema, outer before inner; objects that only hold others are left out. */
export function listFields(schema: unknown, prefix = ""): ConfigField[] {
  if (typeof schema !== "object" || schema === null) return [];
  const node = schema as SchemaNode;
  return Object.entries(node.properties ?? {}).flatMap(([name, property]) => {
    const inner = (property ?? {}) as SchemaNode;
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (inner.properties) return listFields(inner, path);
    return [
      {
        path,
        type: describeType(inner),
        required: node.required?.includes(name) === true && inner.default === undefined,
        description: typeof inner.description === "string" ? inner.description : null,
      },
    ];
  });
}

function describeType(node: SchemaNode): string {
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (Array.isArray(node.type)) return node.type.join(" | ");
  return typeof node.type === "string" ? node.type : "any";
}
