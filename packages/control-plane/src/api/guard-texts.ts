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

/** How a schema's JSON is read. */
export interface TextRules {
  /** `storable`: no text in it may hold what the database can't; `any`: whoever stores it makes it fit. */
  readonly json: "storable" | "any";
}

type Check = (value: unknown, where: string) => void;

/**
 * Lets every argument of every field be read in one way before a resolver sees it: a text has at most `MAX_NAME_BYTES` unless it
 * stands in the list above, no U+0000 and no half characters; JSON has at most `MAX_JSON_DEPTH` levels.
 *
 * @throws BadRequest in the place of a resolver, naming the argument.
 */
export function guardTexts(schema: GraphQLSchema, rules: TextRules): GraphQLSchema {
  const known = new Map<GraphQLInputType, Check>();
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type)) guardFields(type.getFields(), rules, known);
  return schema;
}

function guardFields(
  fields: GraphQLFieldMap<unknown, unknown>,
  rules: TextRules,
  known: Map<GraphQLInputType, Check>,
): void {
  for (const field of Object.values(fields)) {
    const checks = field.args.flatMap((argument) => checkOf(argument, rules, known));
    if (checks.length === 0) continue;
    const { resolve, subscribe } = field;
    const guard = (args: Readonly<Record<string, unknown>>): void => {
      for (const [name, check] of checks) if (args[name] !== undefined) check(args[name], name);
    };
    if (resolve)
      field.resolve = (source, args, context, info) => {
        // What a subscription sends was asked for when it began.
        if (subscribe === undefined) guard(args);
        return resolve(source, args, context, info);
      };
    if (subscribe)
      field.subscribe = (source, args, context, info) => {
        guard(args);
        return subscribe(source, args, context, info);
      };
  }
}

function checkOf(
  { name, type }: GraphQLArgument,
  rules: TextRules,
  known: Map<GraphQLInputType, Check>,
): (readonly [string, Check])[] {
  return holdsTexts(type, new Set()) ? [[name, createCheck(name, type, rules, known)]] : [];
}

function holdsTexts(type: GraphQLInputType, seen: Set<string>): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return ["String", "ID", "JSON"].includes(named.name);
  if (seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some((field) => holdsTexts(field.type, seen));
}

function createCheck(
  name: string,
  type: GraphQLInputType,
  rules: TextRules,
  known: Map<GraphQLInputType, Check>,
): Check {
  if (isNonNullType(type)) return createCheck(name, type.ofType, rules, known);
  if (isListType(type)) {
    const check = createCheck(name, type.ofType, rules, known);
    return (value, where) => {
      if (Array.isArray(value)) value.forEach((item, index) => check(item, `${where}[${index}]`));
    };
  }
  if (isInputObjectType(type)) {
    const made = known.get(type);
    if (made) return made;
    const fields = new Map<string, Check>();
    const check: Check = (value, where) => {
      if (typeof value !== "object" || value === null) return;
      for (const [field, item] of Object.entries(value)) fields.get(field)?.(item, `${where}.${field}`);
    };
    known.set(type, check);
    for (const field of Object.values(type.getFields()))
      if (holdsTexts(field.type, new Set()))
        fields.set(field.name, createCheck(field.name, field.type, rules, known));
    return check;
  }
  if (type.name === "JSON") return (value, where) => checkJson(value, where, rules);
  const maxBytes = Object.hasOwn(LONG_TEXTS, name) ? LONG_TEXTS[name] : MAX_NAME_BYTES;
  return (value, where) => checkText(value, where, maxBytes);
}

function checkText(value: unknown, where: string, maxBytes: number | undefined): void {
  const problem = typeof value === "string" ? explainInvalidText(value, maxBytes) : null;
  if (problem !== null) throw new BadRequest(`\`${where}\` ${problem}`);
}

function checkJson(value: unknown, where: string, rules: TextRules): void {
  if (isDeeperThan(value, MAX_JSON_DEPTH))
    throw new BadRequest(`\`${where}\` has more than ${MAX_JSON_DEPTH} levels of lists and objects`);
  if (rules.json === "storable") checkJsonTexts(value, where);
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
