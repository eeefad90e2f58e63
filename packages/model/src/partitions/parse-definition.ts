import { explainInvalidText } from "../text-limits.ts";
import { ExpectedError } from "../expected-error.ts";
import {
  TIME_PARTITION_TYPES,
  type DynamicPartitions,
  type MultiPartitions,
  type PartitionExclusion,
  type PartitionsDefinition,
  type SinglePartitions,
  type StaticPartitions,
  type TimePartitions,
} from "./definition.ts";
import { MAX_DIMENSIONS, MIN_DIMENSIONS } from "./multi-key.ts";
import { InvalidPartitionsDefinition } from "./partition-errors.ts";
import { windowGrid, windowsFrom } from "./window-grid.ts";

/** `...` marks ranges of keys; control characters break logs and tags. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const RESERVED_IN_KEY = /\.\.\.|[\u0000-\u001f\u007f]/;
/** These separate and quote the parts of multi-dimensional keys. */
const RESERVED_IN_DIMENSION_KEY = /[|,[\]]/;

/**
 * Reads a definition from untrusted data (the wire, the database, a user's module) and checks it as
 * `validatePartitionsDefinition` does.
 *
 * @throws InvalidPartitionsDefinition
 */
export function parsePartitionsDefinition(value: unknown): PartitionsDefinition {
  const definition = readDefinition(value);
  validatePartitionsDefinition(definition);
  return definition;
}

/** Checks that a definition can work: zones, crons, formats, offsets and keys. @throws InvalidPartitionsDefinition */
export function validatePartitionsDefinition(definition: PartitionsDefinition): void {
  switch (definition.type) {
    case "static":
      return validateStaticKeys(definition.keys);
    case "dynamic":
      return refuse(definition.name === "", "dynamic partitions need a name");
    case "multi":
      return validateMulti(definition);
    default:
      return validateTime(definition);
  }
}

/** Checks a list of static keys: unique, without `...` and control characters. @throws InvalidPartitionsDefinition */
export function validateStaticKeys(keys: readonly string[]): void {
  const seen = new Set<string>();
  for (const key of keys) {
    refuse(seen.has(key), `the key "${key}" appears twice`);
    validatePartitionKeyText(key);
    seen.add(key);
  }
}

/** Checks the text of one static or dynamic key. @throws InvalidPartitionsDefinition */
export function validatePartitionKeyText(key: string): void {
  const problem = explainInvalidText(key);
  refuse(
    problem !== null && !RESERVED_IN_KEY.test(key),
    `the key ${JSON.stringify(key.slice(0, 80))} ${problem}`,
  );
  refuse(RESERVED_IN_KEY.test(key), `the key ${JSON.stringify(key)} contains "..." or a control character`);
}

function validateMulti(definition: MultiPartitions): void {
  const dimensions = Object.entries(definition.dimensions);
  refuse(
    dimensions.length < MIN_DIMENSIONS || dimensions.length > MAX_DIMENSIONS,
    `${dimensions.length} dimensions; ${MIN_DIMENSIONS} to ${MAX_DIMENSIONS} are possible`,
  );
  for (const [name, single] of dimensions) {
    refuse((single.type as string) === "multi", `dimension "${name}" has dimensions itself`);
    validatePartitionsDefinition(single);
    if (single.type !== "static") continue;
    const bad = single.keys.find((key) => RESERVED_IN_DIMENSION_KEY.test(key));
    refuse(bad !== undefined, `the key "${bad}" of dimension "${name}" contains one of | , [ ]`);
  }
}

function validateTime(definition: TimePartitions): void {
  checkRange("minuteOffset", definition.minuteOffset, 0, 59);
  checkRange("hourOffset", definition.hourOffset, 0, 23);
  if (definition.type === "weekly") checkRange("dayOffset", definition.dayOffset, 0, 6);
  else checkRange("dayOffset", definition.dayOffset, 1, 31);
  checkRange("endOffset", definition.endOffset, -1_000_000, 1_000_000);
  try {
    const grid = windowGrid(definition);
    const { start, end, excluded } = grid;
    const hasWindows = !excluded || windowsFrom(grid, start).next().done !== true;
    refuse(!hasWindows, "the exclusions leave no window");
    refuse(end !== null && end < start, `end ${definition.end} is before start ${definition.start}`);
  } catch (error) {
    if (error instanceof InvalidPartitionsDefinition || !(error instanceof ExpectedError)) throw error;
    throw new InvalidPartitionsDefinition(error.message, { cause: error });
  }
}

function checkRange(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined) return;
  refuse(
    !Number.isInteger(value) || value < min || value > max,
    `${name} is ${value}, but must be ${min}-${max}`,
  );
}

function refuse(isBad: boolean, reason: string): void {
  if (isBad) throw new InvalidPartitionsDefinition(reason);
}

function readDefinition(value: unknown): PartitionsDefinition {
  const fields = readRecord(value, "a definition");
  if (fields["type"] !== "multi") return readSingle(fields);
  const dimensions = readRecord(fields["dimensions"], "dimensions");
  const read = Object.entries(dimensions).map(([name, single]) => [name, readSingle(single)] as const);
  return { type: "multi", dimensions: Object.fromEntries(read) };
}

function readSingle(value: unknown): SinglePartitions {
  const fields = readRecord(value, "a definition");
  const type = fields["type"];
  if (type === "static") return readStatic(fields);
  if (type === "dynamic") {
    return { type, name: readString(fields["name"], "name") } satisfies DynamicPartitions;
  }
  const timeType = TIME_PARTITION_TYPES.find((known) => known === type);
  if (timeType) return readTime(timeType, fields);
  throw new InvalidPartitionsDefinition(`unknown type ${JSON.stringify(type)}`);
}

function readStatic(fields: Readonly<Record<string, unknown>>): StaticPartitions {
  return { type: "static", keys: readList(fields["keys"], "keys").map((key) => readString(key, "a key")) };
}

function readTime(type: TimePartitions["type"], fields: Readonly<Record<string, unknown>>): TimePartitions {
  const text = (name: "timezone" | "end" | "cron" | "format") =>
    fields[name] === undefined ? {} : { [name]: readString(fields[name], name) };
  const number = (name: "minuteOffset" | "hourOffset" | "dayOffset" | "endOffset") =>
    fields[name] === undefined ? {} : { [name]: readNumber(fields[name], name) };
  const { exclusions } = fields;
  return {
    type,
    start: readString(fields["start"], "start"),
    ...text("timezone"),
    ...text("end"),
    ...text("cron"),
    ...text("format"),
    ...number("minuteOffset"),
    ...number("hourOffset"),
    ...number("dayOffset"),
    ...number("endOffset"),
    ...(exclusions === undefined
      ? {}
      : { exclusions: readList(exclusions, "exclusions").map(readExclusion) }),
  };
}

function readExclusion(value: unknown): PartitionExclusion {
  const { cron, at } = readRecord(value, "an exclusion");
  return cron === undefined ? { at: readString(at, "at") } : { cron: readString(cron, "cron") };
}

function readRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidPartitionsDefinition(`${what} must be an object`);
  }
  return Object.fromEntries(Object.entries(value));
}

function readList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidPartitionsDefinition(`${what} must be a list`);
  return value;
}

function readString(value: unknown, what: string): string {
  if (typeof value !== "string") throw new InvalidPartitionsDefinition(`${what} must be a text`);
  return value;
}

function readNumber(value: unknown, what: string): number {
  if (typeof value !== "number") throw new InvalidPartitionsDefinition(`${what} must be a number`);
  return value;
}
