import {
  describeType,
  hasType,
  isEqualJson,
  isEnvironmentValue,
  isObject,
  type JsonSchema,
  type JsonSchemaObject,
} from "./json-schema.ts";

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
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Deeper nesting than any real config; beyond it a schema refers to itself without end. */
const MAX_DEPTH = 200;

type Path = readonly (string | number)[];

interface Check {
  readonly root: JsonSchema;
  readonly errors: ConfigError[];
  readonly options: CheckOptions;
}

/** Knobs of `checkConfig`. */
export interface CheckOptions {
  /** Whether `{ "env": "NAME" }` may stand for any value, which is bound where the code runs. Default: false. */
  readonly environmentValues?: boolean;
}

/**
 * Checks a config against a JSON Schema and fills in the defaults of fields that are missing. Runs wherever config is
 * entered, without the user's code; what only that code can check, it checks again when the run starts.
 */
export function checkConfig(schema: JsonSchema, config: unknown, options: CheckOptions = {}): ConfigResult {
  return checkAt({ root: schema, errors: [], options }, schema, config, []);
}

function checkAt(
  { root, options }: Check,
  schema: JsonSchema,
  value: unknown,
  path: Path,
  depth = 0,
): ConfigResult {
  const check: Check = { root, errors: [], options };
  const checked = visit(check, schema, value, path, depth);
  return check.errors.length === 0 ? { ok: true, value: checked } : { ok: false, errors: check.errors };
}

/** Returns the value with defaults; adds what is wrong to `check.errors`. */
function visit(check: Check, schema: JsonSchema, value: unknown, path: Path, depth: number): unknown {
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
      `has ${quoted(unknown)}, but only knows ${quoted(Object.keys(properties))}`,
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
  const failed: { readonly schema: JsonSchema; readonly errors: readonly ConfigError[] }[] = [];
  for (const schema of alternatives) {
    const result = checkAt(check, schema, value, path, depth + 1);
    if (result.ok) return result.value;
    failed.push({ schema, errors: result.errors });
  }
  const meant = failed.filter(({ schema, errors }) => !isNullSchema(schema) && !missesItsPoint(errors, path));
  const candidates = failed.length > 1 ? failed.filter(({ schema }) => !isNullSchema(schema)) : failed;
  const clear = candidates.length === 1 ? candidates[0] : meant.length === 1 ? meant[0] : undefined;
  if (clear) check.errors.push(...clear.errors);
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
  if (typeof value === "string") checkText(schema, value, refuse);
}

function checkNumber(schema: JsonSchemaObject, value: number, refuse: (reason: string) => void): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (minimum !== undefined && value < minimum) refuse(`must be at least ${minimum}`);
  if (maximum !== undefined && value > maximum) refuse(`must be at most ${maximum}`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    refuse(`must be more than ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    refuse(`must be less than ${exclusiveMaximum}`);
  if (multipleOf !== undefined) {
    const times = value / multipleOf; // 0.3 / 0.1 is not quite 3.
    if (Math.abs(times - Math.round(times)) > 1e-9 * Math.max(1, Math.abs(times)))
      refuse(`must be a multiple of ${multipleOf}`);
  }
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

function checkText(schema: JsonSchemaObject, value: string, refuse: (reason: string) => void): void {
  const { minLength = 0, maxLength = Infinity, pattern } = schema;
  const length = Array.from(value).length; // Characters as JSON Schema counts them: an emoji is one.
  if (length < minLength || length > maxLength)
    refuse(`must have ${range(minLength, maxLength, "character")}`);
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value))
    refuse(FORMATS[schema.format ?? ""] ?? `must match the pattern ${pattern}`);
}

/** What must be given for a field that is missing: itself, or the fields that must be in it, as `outer.inner`. */
function listRequired(root: JsonSchema, schema: JsonSchema | undefined, name: string): readonly string[] {
  const { properties = {}, required = [] } = typeof schema === "object" ? schema : {};
  const inner = required.filter((field) => findDefault(root, properties[field]) === undefined);
  if (inner.length === 0) return [name];
  return inner.flatMap((field) => listRequired(root, properties[field], `${name}.${field}`));
}

/** The default of a property, also where it stands behind a reference. */
function findDefault(root: JsonSchema, schema: JsonSchema | undefined): unknown {
  let current = schema;
  for (let depth = 0; typeof current === "object" && depth < MAX_DEPTH; depth++) {
    if (current.default !== undefined) return current.default;
    if (current.$ref === undefined) return undefined;
    current = resolveReference(root, current.$ref);
  }
  return undefined;
}

/**
 * Follows a reference within a schema's document: `#` or `#/$defs/Name`.
 *
 * @throws Error when there is nothing, which only a schema that was cut apart can lead to.
 */
export function resolveReference(root: JsonSchema, reference: string): JsonSchema {
  let current: unknown = root;
  for (const part of reference.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    current = isObject(current) && Object.hasOwn(current, name) ? current[name] : undefined;
  }
  if (!reference.startsWith("#") || !isSchema(current))
    throw new Error(`The config schema refers to "${reference}", which it does not have`);
  return current;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "boolean" || isObject(value);
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

function range(min: number, max: number, unit: string): string {
  const units = (count: number): string => `${count} ${unit}${count === 1 ? "" : "s"}`;
  if (max === Infinity) return `at least ${units(min)}`;
  return min === 0 ? `at most ${units(max)}` : `${min} to ${units(max)}`;
}

function quoted(names: readonly string[]): string {
  return names.length === 0 ? "no fields" : names.map((name) => `"${name}"`).join(", ");
}
