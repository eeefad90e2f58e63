import { InvalidArgumentError, Option } from "commander";
import type { Debugging } from "@millrace/model/runs/debugging";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { toPartitionKey } from "@millrace/model/partitions/multi-key";
import { CommandError, DEFAULT_URL } from "../user-api/client.ts";

/** `--url`: which control plane a command talks to. */
export function urlOption(): Option {
  return new Option("--url <url>", "the control plane's address").env("MILLRACE_URL").default(DEFAULT_URL);
}

/**
 * `--partition`: a key, or for several dimensions `name=key,name=key` in any order.
 *
 * @param what What the partition is for, as the help says it.
 */
export function partitionOption(what: string): Option {
  return new Option("--partition <key>", `${what}; of several dimensions name=key,name=key`).argParser(
    toPartitionKey,
  );
}

/** What `--partition-range` is for in commands that launch one run. */
export const RANGE_IN_ONE_RUN =
  "several partitions in one run, from the first to the last, such as 2024-01-01...2024-01-31; in runs of their own: millrace backfill launch";

/** `--inspect` and `--inspect-brk`, in Node's words: a debugger for each run. */
export function inspectOptions(): readonly [Option, Option] {
  return [
    new Option(
      "--inspect",
      "let a debugger attach to each run: its address stands among the run's events",
    ).conflicts("inspectBrk"),
    new Option("--inspect-brk", "the same, and each run waits for one before its first step"),
  ];
}

/** What these options mean. */
export function readDebugging(options: {
  readonly inspect?: boolean;
  readonly inspectBrk?: boolean;
}): Debugging | undefined {
  return options.inspectBrk ? "wait" : options.inspect ? "open" : undefined;
}

/** `--partition-range`: several partitions in a row. */
export function partitionRangeOption(what: string): Option {
  return new Option("--partition-range <first...last>", what).argParser(parsePartitionRange);
}

/** One of `--tag`. */
export function readTag(text: string): { key: string; value: string } {
  const equals = text.indexOf("=");
  if (equals < 1) throw new CommandError(`--tag takes key=value, not "${text}"`);
  return { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** `--limit`: how many rows, a whole number from 1 on. */
export function limitOption(): Option {
  return new Option("-n, --limit <count>", "how many").default(20).argParser(parseLimit);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new CommandError(`--limit takes a whole number from 1 on, not "${text}"`);
}

function parsePartitionRange(text: string): PartitionKeyRange {
  const [start, end, ...others] = text.split("...");
  if (start && end && others.length === 0) return { start: toPartitionKey(start), end: toPartitionKey(end) };
  throw new InvalidArgumentError("Give the first and the last key with three dots between them.");
}
