import { mayMatch } from "./may-match.ts";
import {
  type JsonSchema,
  type JsonSchemaObject,
  describeType,
  hasType,
  isEnvironmentValue,
  isEqualJson,
  isObject,
} from "./json-schema.ts";
import { MAX_DEPTH, behindReference, findDefault, resolveReference } from "./references.ts";
import { checkNumber, range } from "./check-range.ts";
import { suggestNear } from "../near-names.ts";

/** What is wrong with one place of a config. */
export interface ConfigError {
  /** Field names and list positions from the top; for fields that are missing or unknown: of the object around them. */
  readonly path: readonly (string | number)[];
  readonly kind:
    | "type_mismatch"
    | "missing_field"
    | "unknown_field"
    | "field_count"
    | "value_not_allowed"
    | "too_deep";
  /** A sentence that says where and what; it never repeats the value, which may be a secret. */
  readonly message: string;
  /** The sentence without the place, for showing it there: `must be at least 1`. */
  readonly reason: string;
  /** The fields that are missing or unknown, for those two kinds. */
  readonly fields?: readonly string[];
}

/** A config with its defaults filled in, or everything that is wrong with it. */
export type ConfigResult =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** When patterns are deferred: the texts that fit only if they match, of alternatives those of the first that fits otherwise. */
      readonly patterns?: readonly PatternCheck[];
    }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** A text that has to match a pattern of the schema's author. */
export interface PatternCheck {
  readonly path: Path;
  readonly pattern: string;
  readonly text: string;
  /** A sentence that says where and what is wrong when it does not match. */
  readonly message: string;
}

/** Places of a schema that are looked at; beyond them it was made to be looked at without end. */
const MAX_STEPS = 100_000;

type Path = readonly (string | number)[];

interface Check {
  readonly root: JsonSchema;
  readonly errors: ConfigError[];
  readonly patterns: PatternCheck[];
  readonly options: CheckOptions;
  /** What is left of `MAX_STEPS`, for all parts of one check together. */
  readonly budget: { steps: number };
}

/** The schema takes too long to look at: what fits it, only the code that has it can say. */
class TooMuchToCheck extends Error {}

/** Knobs of `checkConfig`. */
export interface CheckOptions {
  /** Whether `{ "env": "NAME" }` may stand for any value, which is bound where the code runs. Default: false. */
  readonly environmentValues?: boolean;
  /** `defer`: patterns, which may take for ever, are not tried but listed in the result. Default: `check`. */
  readonly patterns?: "check" | "defer";
}

/**
 * Checks a config against a JSON Schema and fills in the defaults of fields that are missing. Runs wherever config is
 * entered, without the user's code; what only that code can check, it checks again when the run starts. So a schema that takes
 * too long to look at fits everything.
 */
export function checkConfig(schema: JsonSchema, config: unknown, options: CheckOptions = {}): ConfigResult {
  const check = { root: schema, errors: [], patterns: [], options, budget: { steps: MAX_STEPS } };
  try {
    const result = checkAt(check, schema, config, []);
    return result.ok && options.patterns !== "defer" ? { ok: true, value: result.value } : result;
  } catch (error) {
    if (error instanceof TooMuchToCheck) return { ok: true, value: config };
    throw error;
  }
}

function checkAt(
  { root, options, budget }: Check,
  schema: JsonSchema,
  value: unknown,
  path: Path,
  depth = 0,
): ConfigResult {
  const check: Check = { root, errors: [], patterns: [], options, budget };
  const checked = visit(check, schema, value, path, depth);
  if (check.errors.length > 0) return { ok: false, errors: check.errors };
  return { ok: true, value: checked, patterns: check.patterns };
}

/** Returns the value with defaults; adds what is wrong to `check.errors`. */
function visit(check: Check, schema: JsonSchema, value: unknown, path: Path, depth: number): unknown {
  if (check.budget.steps-- <= 0) throw new TooMuchToCheck();
  if (depth > MAX_DEPTH) {
    report(check, path, "too_deep", "is nested too deeply");
    return value;
  }
  if (schema === true) return value;
  if (check.options.environmentValues && schema !== false && isEnvironmentValue(value)) return value;
  if (schema === false) {
    report(check, path, "value_not_allowed", "is not allowed");
    return value;
  }
  if (schema.nullable && value === null) return null;
  if (schema.type !== undefined) {
    const types = typeof schema.type === "string" ? [schema.type] : schema.type;
    if (!types.some((type) => hasType(value, type))) {
      report(
        check,
        path,
        "type_mismatch",
        `must be of type ${types.join(" or ")}, but is ${describeType(value)}`,
      );
      return value;
    }
  }
  let result = value;
  if (schema.$ref !== undefined)
    result = visit(check, resolveReference(check.root, schema.$ref), result, path, depth + 1);
  for (const part of schema.allOf ?? []) result = visit(check, part, result, path, depth + 1);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) result = visitAlternatives(check, alternatives, result, path, depth);
  checkValue(check, schema, result, path, depth);
  if (isObject(result)) return visitObject(check, schema, result, path, depth);
  if (Array.isArray(result)) return visitList(check, schema, result, path, depth);
  return result;
}

function visitObject(
  check: Check,
  schema: JsonSchemaObject,
  value: Readonly<Record<string, unknown>>,
  path: Path,
  depth: number,
): unknown {
  const { properties = {}, additionalProperties = true } = schema;
  const names = Object.keys(value);
  const { minProperties = 0, maxProperties = Infinity } = schema;
  if (names.length < minProperties || names.length > maxProperties) {
    const wanted =
      minProperties === maxProperties ? `exactly ${minProperties}` : `${minProperties} to ${maxProperties}`;
    const choices = Object.keys(properties);
    const hint = choices.length > 0 ? ` of: ${choices.join(", ")}` : "";
    report(check, path, "field_count", `must have ${wanted} field(s)${hint}; it has ${names.length}`);
    return value;
  }
  const result: [string, unknown][] = [];
  const unknown: string[] = [];
  for (const name of names) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined && additionalProperties === false) {
      unknown.push(name);
      continue;
    }
    if (schema.propertyNames !== undefined)
      visit(check, schema.propertyNames, name, [...path, name], depth + 1);
    result.push([
      name,
      visit(check, property ?? additionalProperties, value[name], [...path, name], depth + 1),
    ]);
  }
  const missing: string[] = [];
  for (const name of new Set([...Object.keys(properties), ...(schema.required ?? [])])) {
    if (Object.hasOwn(value, name)) continue;
    const defaultValue = findDefault(check.root, properties[name]);
    if (defaultValue !== undefined) {
      const filled = checkAt(
        check,
        properties[name] ?? true,
        structuredClone(defaultValue),
        [...path, name],
        depth + 1,
      );
      if (filled.ok) check.patterns.push(...(filled.patterns ?? []));
      result.push([name, filled.ok ? filled.value : defaultValue]);
    } else if (schema.required?.includes(name)) missing.push(name);
  }
  if (missing.length > 0) {
    const named = missing.flatMap((name) => listRequired(check.root, properties[name], name));
    report(check, path, "missing_field", `lacks ${quoted(named)}`, missing);
  }
  if (unknown.length > 0)
    report(
      check,
      path,
      "unknown_field",
      `has ${quoted(unknown)}, but only knows ${quoted(Object.keys(properties))}${unknown.map((name) => suggestNear(name, Object.keys(properties))).join("")}`,
      unknown,
    );
  return Object.fromEntries(result);
}

function visitList(
  check: Check,
  schema: JsonSchemaObject,
  value: readonly unknown[],
  path: Path,
  depth: number,
): unknown {
  const { prefixItems = [], items = true, minItems = 0, maxItems = Infinity } = schema;
  if (value.length < minItems || value.length > maxItems)
    report(
      check,
      path,
      "value_not_allowed",
      `must have ${range(minItems, maxItems, "item")}; it has ${value.length}`,
    );
  return value.map((item, i) => visit(check, prefixItems[i] ?? items, item, [...path, i], depth + 1));
}

/** The first alternative that fits wins. If none does, the errors are those of the one that was meant, if that is clear. */
function visitAlternatives(
  check: Check,
  alternatives: readonly JsonSchema[],
  value: unknown,
  path: Path,
  depth: number,
): unknown {
  const failed: { readonly schema: JsonSchema; readonly errors: readonly ConfigError[] | null }[] = [];
  for (const schema of alternatives) {
    // First what tells alternatives apart: a recursive one that was not meant must not be followed down.
    if (isRuledOut(check.root, schema, value)) {
      failed.push({ schema, errors: null });
      continue;
    }
    const result = checkAt(check, schema, value, path, depth + 1);
    if (result.ok) {
      check.patterns.push(...(result.patterns ?? []));
      return result.value;
    }
    failed.push({ schema, errors: result.errors });
  }
  const meant = failed.filter(
    ({ schema, errors }) => errors !== null && !isNullSchema(schema) && !missesItsPoint(errors, path),
  );
  const candidates = failed.length > 1 ? failed.filter(({ schema }) => !isNullSchema(schema)) : failed;
  const clear = candidates.length === 1 ? candidates[0] : meant.length === 1 ? meant[0] : undefined;
  if (clear) check.errors.push(...(clear.errors ?? listErrors(check, clear.schema, value, path, depth)));
  else if (
    !reportTag(
      check,
      candidates.map(({ schema }) => schema),
      value,
      path,
    )
  )
    report(check, path, "type_mismatch", `fits none of the ${alternatives.length} forms it may have`);
  return value;
}

function listErrors(
  check: Check,
  schema: JsonSchema,
  value: unknown,
  path: Path,
  depth: number,
): readonly ConfigError[] {
  const result = checkAt(check, schema, value, path, depth + 1);
  return result.ok ? [] : result.errors;
}

/** Whether a value is not of the type that an alternative has, or another constant stands in a field that tells it apart. */
function isRuledOut(root: JsonSchema, schema: JsonSchema, value: unknown): boolean {
  const form = behindReference(root, schema);
  if (typeof form !== "object" || form.nullable === true) return false;
  if (form.type !== undefined && !isEnvironmentValue(value)) {
    const types = typeof form.type === "string" ? [form.type] : form.type;
    if (!types.some((type) => hasType(value, type))) return true;
  }
  if (!isObject(value)) return false;
  return Object.entries(form.properties ?? {}).some(([name, property]) => {
    if (typeof property !== "object" || !("const" in property) || !Object.hasOwn(value, name)) return false;
    return !isEnvironmentValue(value[name]) && !isEqualJson(property.const, value[name]);
  });
}

/** Where alternatives are told apart by a constant in one field, that field is what is wrong. False: there is no such field. */
function reportTag(check: Check, alternatives: readonly JsonSchema[], value: unknown, path: Path): boolean {
  const forms = alternatives.map((schema) => (typeof schema === "object" ? (schema.properties ?? {}) : {}));
  const constantOf = (form: Readonly<Record<string, JsonSchema>>, name: string): unknown => {
    const property = form[name];
    return typeof property === "object" ? property.const : undefined;
  };
  const tag = Object.keys(forms[0] ?? {}).find((name) =>
    forms.every((form) => constantOf(form, name) !== undefined),
  );
  if (tag === undefined || !isObject(value)) return false;
  const allowed = forms.map((form) => JSON.stringify(constantOf(form, tag))).join(", ");
  if (!Object.hasOwn(value, tag))
    report(check, path, "missing_field", `lacks "${tag}", one of ${allowed}`, [tag]);
  else report(check, [...path, tag], "value_not_allowed", `must be one of ${allowed}`);
  return true;
}

/** Whether an alternative was not meant at all: another type of value, or another constant in a field that tells them apart. */
function missesItsPoint(errors: readonly ConfigError[], path: Path): boolean {
  return errors.some(
    (error) =>
      (error.kind === "type_mismatch" && error.path.length === path.length) ||
      (error.kind === "value_not_allowed" && error.path.length === path.length + 1),
  );
}

function isNullSchema(schema: JsonSchema): boolean {
  return typeof schema === "object" && schema.type === "null";
}

function checkValue(check: Check, schema: JsonSchemaObject, value: unknown, path: Path, depth: number): void {
  const refuse = (reason: string): void => report(check, path, "value_not_allowed", reason);
  if ("const" in schema && !isEqualJson(schema.const, value))
    refuse(`must be ${JSON.stringify(schema.const)}`);
  if (schema.enum && !schema.enum.some((allowed) => isEqualJson(allowed, value)))
    refuse(`must be one of ${schema.enum.map((allowed) => JSON.stringify(allowed)).join(", ")}`);
  if (schema.not !== undefined && checkAt(check, schema.not, value, path, depth + 1).ok)
    refuse("is not allowed");
  if (typeof value === "number") checkNumber(schema, value, refuse);
  if (typeof value === "string") checkText(check, schema, value, path, refuse);
}

/** What a text must be by its format: readers can't make much of the patterns that schema libraries have for these. */
const FORMATS: Readonly<Record<string, string>> = {
  email: "must be an e-mail address",
  date: "must be a date, such as 2026-01-31",
  time: "must be a time, such as 06:30:00",
  "date-time": "must be an instant, such as 2026-01-31T06:30:00Z",
  duration: "must be an ISO 8601 duration, such as P1DT12H",
  uuid: "must be a UUID",
  ipv4: "must be an IPv4 address",
  ipv6: "must be an IPv6 address",
};

function checkText(
  check: Check,
  schema: JsonSchemaObject,
  value: string,
  path: Path,
  refuse: (reason: string) => void,
): void {
  const { minLength = 0, maxLength = Infinity, pattern } = schema;
  const length = Array.from(value).length; // Characters as JSON Schema counts them: an emoji is one.
  if (length < minLength || length > maxLength)
    refuse(`must have ${range(minLength, maxLength, "character")}`);
  if (pattern === undefined) return;
  const format = schema.format ?? "";
  const reason =
    (Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined) ?? `must match the pattern ${pattern}`;
  if (check.options.patterns === "defer")
    check.patterns.push({ path, pattern, text: value, message: `${formatPath(path)} ${reason}` });
  else if (!mayMatch(pattern, value)) refuse(reason);
}

/** What must be given for a field that is missing: itself, or the fields that must be in it, as `outer.inner`. */
function listRequired(root: JsonSchema, schema: JsonSchema | undefined, name: string): readonly string[] {
  const { properties = {}, required = [] } = typeof schema === "object" ? schema : {};
  const inner = required.filter((field) => findDefault(root, properties[field]) === undefined);
  if (inner.length === 0) return [name];
  return inner.flatMap((field) => listRequired(root, properties[field], `${name}.${field}`));
}

function report(
  check: Check,
  path: Path,
  kind: ConfigError["kind"],
  reason: string,
  fields?: readonly string[],
): void {
  const message = `${formatPath(path)} ${reason}`;
  check.errors.push({ path, kind, message, reason, ...(fields ? { fields } : {}) });
}

function formatPath(path: Path): string {
  if (path.length === 0) return "The config";
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("");
}

function quoted(names: readonly string[]): string {
  return names.length === 0 ? "no fields" : names.map((name) => `"${name}"`).join(", ");
}
