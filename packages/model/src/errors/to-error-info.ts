import type { ErrorInfo } from "../run-event.ts";
import { findClassName, listFields, orElse, readField, readList, renderValue } from "./render-value.ts";

/** Errors beyond this depth of causes and inner errors are left out. */
const MAX_DEPTH = 10;
/** Errors that one error may hold in all. */
const MAX_ERRORS = 50;
/** Characters kept of a message and of a stack, and of all texts together: an event has a largest size. */
const MAX_TEXT = 65_536;
const MAX_TEXTS = 250_000;
/** Further fields of an error that are kept, and characters of each. */
const MAX_FIELDS = 30;
const MAX_FIELD = 2_000;

/** Fields that have a place of their own. */
const OWN_PLACE = new Set(["name", "message", "stack", "cause", "errors", "error", "suppressed"]);

/** One error that is read, with all that it holds. */
interface Reading {
  /** Errors that may still be read, and characters that may still be kept. */
  left: number;
  characters: number;
  /** The errors that lead to the present one: causes may go in a circle. */
  readonly path: unknown[];
}

/**
 * Anything that was thrown, as it travels: errors, also of other realms and other copies of a library, with their causes,
 * inner errors and plain fields; objects with what they say; any other value with its text. Never throws, whatever getters
 * and proxies do.
 */
export function toErrorInfo(thrown: unknown): ErrorInfo {
  return readThrown(thrown, { left: MAX_ERRORS, characters: MAX_TEXTS, path: [] });
}

function readThrown(thrown: unknown, reading: Reading): ErrorInfo {
  const keep = (text: string, most: number): string => {
    const kept = text.slice(0, Math.min(most, reading.characters));
    reading.characters -= kept.length;
    return kept;
  };
  if (typeof thrown !== "object" || thrown === null)
    return { name: "Error", message: keep(explainNoError(thrown), MAX_TEXT), stack: null, cause: null };
  const code = readText(thrown, "code");
  const stack = readText(thrown, "stack");
  reading.path.push(thrown);
  const inner = readInner(thrown, reading);
  const message = keep(readMessage(thrown, inner, code), MAX_TEXT);
  const fields = readFields(thrown, code, keep);
  const cause = readField(thrown, "cause") ?? null;
  const info = {
    name: keep(findName(thrown), MAX_FIELD),
    message,
    stack: stack === null ? null : keep(stack, MAX_TEXT),
    cause: cause === null ? null : readFurther(cause, reading),
    ...(code === null ? {} : { code }),
    ...(inner.length === 0 ? {} : { errors: inner }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  };
  reading.path.pop();
  return info;
}

function findName(thrown: object): string {
  return readText(thrown, "name") || (isError(thrown) ? findClassName(thrown) : null) || "Error";
}

/** Null for what would repeat an error that leads here, and for what is too much. */
function readFurther(thrown: unknown, reading: Reading): ErrorInfo | null {
  if (reading.left <= 0 || reading.path.length > MAX_DEPTH || reading.path.includes(thrown)) return null;
  reading.left--;
  return readThrown(thrown, reading);
}

/** What an `AggregateError` collects; what a `SuppressedError` holds, the first one thrown first; the items of a list. */
function readInner(thrown: object, reading: Reading): ErrorInfo[] {
  const held = [...(readList(thrown) ?? readList(readField(thrown, "errors")) ?? [])];
  const suppressed = readField(thrown, "suppressed");
  if (suppressed !== undefined) held.push(suppressed, readField(thrown, "error"));
  return held
    .slice(0, MAX_ERRORS)
    .flatMap((item) => (typeof item === "object" && item !== null ? (readFurther(item, reading) ?? []) : []));
}

/** An error without a message says what its inner errors say: a refused connection has one for each address. */
function readMessage(thrown: object, inner: readonly ErrorInfo[], code: string | null): string {
  const said = readField(thrown, "message");
  if (typeof said === "string" && said !== "") return said;
  if (inner.length > 0) return [...new Set(inner.map(({ message }) => message))].join("; ");
  if (said !== undefined && said !== "") return renderValue(said);
  return isError(thrown) ? (code ?? "an error without a message") : explainNoError(thrown);
}

function explainNoError(thrown: unknown): string {
  return `${renderValue(thrown)} was thrown, which is not an Error`;
}

/**
 * What libraries say beside the message, such as the detail and the constraint of a database's error. Objects that an error
 * holds are its library's own, such as a request with its headers; those that stand in a plain object were meant to be told.
 */
function readFields(
  thrown: object,
  code: string | null,
  keep: (text: string, most: number) => string,
): Readonly<Record<string, string>> {
  if (readList(thrown) !== null || readField(thrown, "message") === undefined) return {};
  const fields: [string, string][] = [];
  for (const name of listFields(thrown)) {
    if (OWN_PLACE.has(name) || (name === "code" && code !== null) || fields.length >= MAX_FIELDS) continue;
    const value = readField(thrown, name);
    if (value === undefined || value === null || typeof value === "function") continue;
    if (typeof value === "object" && isError(thrown)) continue;
    fields.push([name, keep(typeof value === "string" ? value : renderValue(value), MAX_FIELD)]);
  }
  return Object.fromEntries(fields);
}

/** By what it has: an error of another realm is no instance of this realm's `Error`. */
function isError(value: object): boolean {
  return readText(value, "stack") !== null || orElse(() => value instanceof Error, false);
}

function readText(value: object, name: string): string | null {
  const text = readField(value, name);
  return typeof text === "string" ? text : null;
}
