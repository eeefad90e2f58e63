import {
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLFieldMap,
  type GraphQLInputType,
  type GraphQLSchema,
} from "graphql";
import {
  explainInvalidText,
  isDeeperThan,
  MAX_JSON_DEPTH,
  MAX_NAME_BYTES,
} from "@millrace/model/text-limits";
import { BadRequest } from "./bad-request.ts";
import { replaceUnstorable } from "./replace-unstorable.ts";

/** Texts that are more than a name, by what they are called in the schema, and the bytes they may have. */
const LONG_TEXTS: Readonly<Record<string, number>> = {
  selection: 100_000,
  description: 64 * 1024,
  detail: 64 * 1024,
  lastOutput: 64 * 1024,
  cursor: 1024 * 1024,
};

/** Texts of JSON may be as long as their request. */
const ANY_LENGTH = Number.MAX_SAFE_INTEGER;

/** What is said of something, for people, and names nothing. */
const TOLD_TEXTS = new Set(["detail", "lastOutput"]);

/** JSON that whoever stores it makes fit, as its size has a limit too. */
const FITTED_LATER = new Set(["events"]);

/** How a schema's texts are read. */
export interface TextRules {
  /**
   * What holds characters that the database can't store. `refuse`: none may. `replace`: names may not, but in JSON and in texts
   * for people U+FFFD takes their place: what a process says that failed must not be lost because of how it is said.
   */
  readonly unstorable: "refuse" | "replace";
}

/** Reads a value of an argument: what the resolver gets in its place. */
type Read = (value: unknown, where: string) => unknown;

/**
 * Lets every argument of every field be read in one way before a resolver sees it: a text has at most `MAX_NAME_BYTES` unless it
 * stands in the list above, no U+0000 and no half characters; JSON has at most `MAX_JSON_DEPTH` levels.
 *
 * @throws BadRequest in the place of a resolver, naming the argument.
 */
export function guardTexts(schema: GraphQLSchema, rules: TextRules): GraphQLSchema {
  const known = new Map<GraphQLInputType, Read>();
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type)) guardFields(type.getFields(), rules, known);
  return schema;
}

function guardFields(
  fields: GraphQLFieldMap<unknown, unknown>,
  rules: TextRules,
  known: Map<GraphQLInputType, Read>,
): void {
  for (const field of Object.values(fields)) {
    const reads = field.args.flatMap((argument) => readOf(argument, rules, known));
    if (reads.length === 0) continue;
    const { resolve, subscribe } = field;
    const readAll = <A extends object>(args: A): A => readFields(args, reads, (name) => name);
    if (resolve)
      // What a subscription sends was asked for when it began.
      field.resolve = (source, args: object, context, info) =>
        resolve(source, subscribe === undefined ? readAll(args) : args, context, info);
    if (subscribe)
      field.subscribe = (source, args: object, context, info) =>
        subscribe(source, readAll(args), context, info);
  }
}

/** An object with what is read in the place of some fields; the same object when that is the same. */
function readFields<T extends object>(
  value: T,
  reads: Iterable<readonly [string, Read]>,
  whereOf: (name: string) => string,
): T {
  let read = value;
  for (const [name, readField] of reads) {
    const field = (value as Readonly<Record<string, unknown>>)[name];
    if (field === undefined) continue;
    const made = readField(field, whereOf(name));
    if (made !== field) read = { ...read, [name]: made };
  }
  return read;
}

function readOf(
  { name, type }: GraphQLArgument,
  rules: TextRules,
  known: Map<GraphQLInputType, Read>,
): (readonly [string, Read])[] {
  return holdsTexts(type, new Set()) ? [[name, createRead(name, type, rules, known)]] : [];
}

function holdsTexts(type: GraphQLInputType, seen: Set<string>): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return ["String", "ID", "JSON"].includes(named.name);
  if (seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some((field) => holdsTexts(field.type, seen));
}

function createRead(
  name: string,
  type: GraphQLInputType,
  rules: TextRules,
  known: Map<GraphQLInputType, Read>,
): Read {
  if (isNonNullType(type)) return createRead(name, type.ofType, rules, known);
  if (isListType(type)) {
    const read = createRead(name, type.ofType, rules, known);
    return (value, where) =>
      Array.isArray(value) ? value.map((item, index) => read(item, `${where}[${index}]`)) : value;
  }
  if (isInputObjectType(type)) {
    const made = known.get(type);
    if (made) return made;
    const fields = new Map<string, Read>();
    const read: Read = (value, where) =>
      typeof value === "object" && value !== null
        ? readFields(value, fields, (field) => `${where}.${field}`)
        : value;
    known.set(type, read);
    for (const field of Object.values(type.getFields()))
      if (holdsTexts(field.type, new Set()))
        fields.set(field.name, createRead(field.name, field.type, rules, known));
    return read;
  }
  const replaces = rules.unstorable === "replace";
  if (type.name === "JSON") return (value, where) => readJson(value, where, replaces, FITTED_LATER.has(name));
  const maxBytes = Object.hasOwn(LONG_TEXTS, name) ? LONG_TEXTS[name] : MAX_NAME_BYTES;
  return (value, where) => {
    const read = replaces && TOLD_TEXTS.has(name) ? replaceUnstorable(value) : value;
    checkText(read, where, maxBytes);
    return read;
  };
}

function checkText(value: unknown, where: string, maxBytes: number | undefined): void {
  const problem = typeof value === "string" ? explainInvalidText(value, maxBytes) : null;
  if (problem !== null) throw new BadRequest(`\`${where}\` ${problem}`);
}

function readJson(value: unknown, where: string, replaces: boolean, isFittedLater: boolean): unknown {
  if (isDeeperThan(value, MAX_JSON_DEPTH))
    throw new BadRequest(`\`${where}\` has more than ${MAX_JSON_DEPTH} levels of lists and objects`);
  if (isFittedLater) return value;
  if (replaces) return replaceUnstorable(value);
  checkJsonTexts(value, where);
  return value;
}

function checkJsonTexts(value: unknown, where: string): void {
  if (typeof value === "string") checkText(value, where, ANY_LENGTH);
  else if (Array.isArray(value)) value.forEach((item, index) => checkJsonTexts(item, `${where}[${index}]`));
  else if (typeof value === "object" && value !== null)
    for (const [name, item] of Object.entries(value)) {
      checkText(name, `${where}, a name in it,`, ANY_LENGTH);
      checkJsonTexts(item, `${where}.${name}`);
    }
}
