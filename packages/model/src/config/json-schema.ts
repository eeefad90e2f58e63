/** A JSON Schema (2020-12), as far as `checkConfig` looks at it. Keywords it does not know are passed over. */
export type JsonSchema = boolean | JsonSchemaObject;

/** The keywords that zod's `toJSONSchema` and other Standard Schema libraries emit for data that JSON can hold. */
export interface JsonSchemaObject {
  readonly type?: JsonType | readonly JsonType[];
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly default?: unknown;
  readonly title?: string;
  readonly description?: string;
  readonly format?: string;
  /** A secret: given, and never shown. */
  readonly writeOnly?: boolean;
}

/** The types of JSON Schema. */
export type JsonType = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

/** The type of a JSON value, with an article, for messages. Never the value itself: it may be a secret. */
export function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return Number.isInteger(value) ? "an integer" : "a number";
    case "boolean":
      return "true or false";
    case "object":
      return "an object";
    default:
      return "nothing";
  }
}

/** Whether a JSON value has a type of JSON Schema; integers are numbers too. */
export function hasType(value: unknown, type: JsonType): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "boolean":
    case "string":
      return typeof value === type;
  }
}

/** A value that is read from an environment variable where the code runs: what `env("NAME")` of the SDK is as JSON. */
export interface EnvironmentValue {
  readonly env: string;
  /** False for values that may be shown in logs. Default: true. */
  readonly masked?: boolean;
}

/** Whether a JSON value stands for an environment variable. */
export function isEnvironmentValue(value: unknown): value is EnvironmentValue {
  if (!isObject(value) || typeof value["env"] !== "string") return false;
  return Object.keys(value).every((key) => key === "env" || key === "masked");
}

/** Whether a JSON value is an object, not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two JSON values are equal; the order of fields does not matter. */
export function isEqualJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqualJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqualJson(a[name], b[name]))
  );
}
