import { findNear } from "../near-names.ts";
import { isObject, type JsonSchema, type JsonSchemaObject } from "./json-schema.ts";
import { MAX_DEPTH, resolveReference } from "./references.ts";

/** A field of a config that its schema does not have: most likely a slip of the pen. */
export interface UnknownField {
  /** Field names and list positions from the top, the field last. */
  readonly path: readonly (string | number)[];
  /** The fields that there are beside it. */
  readonly known: readonly string[];
}

interface Place {
  readonly schemas: readonly JsonSchema[];
  readonly given: unknown;
  readonly read: unknown;
  readonly path: UnknownField["path"];
}

/**
 * The fields of a config that have no effect, whatever library its schema is of: they are gone in what was read of it, and nothing that
 * its JSON Schema says has that name. Libraries such as zod drop them without a word. Where the JSON Schema says nothing of a place, only
 * those count that are a slip away from a field which was not given.
 *
 * @param schema The JSON Schema of the config, as far as the library can give it.
 * @param read What the schema made of the config; undefined when it was refused: then only what the JSON Schema rules out counts.
 */
export function listUnknownFields(schema: JsonSchema, given: unknown, read: unknown): UnknownField[] {
  const found: UnknownField[] = [];
  const pending: Place[] = [{ schemas: [schema], given, read, path: [] }];
  for (const place of pending) {
    if (place.path.length > MAX_DEPTH) continue;
    const forms = listForms(schema, place.schemas);
    if (Array.isArray(place.given)) {
      const { given: items, read: kept, path } = place;
      items.forEach((item: unknown, index) =>
        pending.push({
          schemas: forms.flatMap((form) => form.prefixItems?.[index] ?? form.items ?? []),
          given: item,
          read: Array.isArray(kept) && kept.length === items.length ? kept[index] : undefined,
          path: [...path, index],
        }),
      );
    } else if (isObject(place.given)) visitObject(place, place.given, forms, found, pending);
  }
  return found;
}

function visitObject(
  { read, path }: Place,
  given: Readonly<Record<string, unknown>>,
  forms: readonly JsonSchemaObject[],
  found: UnknownField[],
  pending: Place[],
): void {
  const kept = isPlain(read) ? read : null;
  const named = new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)));
  const known = named.size > 0 ? [...named] : Object.keys(kept ?? {});
  const isOpen = forms.some((form) => Boolean(form.additionalProperties) || "patternProperties" in form);
  const isClosed = forms.length > 0 && forms.every((form) => form.additionalProperties === false);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const isKept = kept !== null && Object.hasOwn(kept, name);
    const isGone = kept === null ? isClosed : !isKept && (named.size > 0 || isSlip(name, given, known));
    if (isGone && !named.has(name) && !isOpen) {
      found.push({ path: [...path, name], known });
      continue;
    }
    const schemas = forms.flatMap(({ properties = {}, additionalProperties = true }) =>
      Object.hasOwn(properties, name) ? (properties[name] ?? true) : additionalProperties,
    );
    pending.push({ schemas, given: value, read: isKept ? kept[name] : undefined, path: [...path, name] });
  }
}

function isSlip(name: string, given: object, known: readonly string[]): boolean {
  const free = known.filter((each) => !Object.hasOwn(given, each));
  return findNear(name, free).length > 0;
}

/** All forms that a value may have: behind references, and of each part and alternative. */
function listForms(root: JsonSchema, schemas: readonly JsonSchema[]): JsonSchemaObject[] {
  const seen = new Set<JsonSchema>(schemas);
  const forms: JsonSchemaObject[] = [];
  for (const schema of seen) {
    if (typeof schema !== "object") continue;
    const { $ref, allOf = [], anyOf = [], oneOf = [] } = schema;
    const inner = [
      ...allOf,
      ...anyOf,
      ...oneOf,
      ...($ref === undefined ? [] : [resolveReference(root, $ref)]),
    ];
    for (const each of inner) seen.add(each);
    if (inner.length === 0 || schema.properties !== undefined) forms.push(schema);
  }
  return forms;
}

/** What became of an object may be compared with it as long as it is one, and no instance of a class. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false;
  return [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
}
