import type { TimePartitions } from "@millrace/model/partitions/definition";
import { parsePartitionsDefinition } from "@millrace/model/partitions/parse-definition";
import {
  countPartitionKeys,
  getPartitionWindow,
  hasPartitionKey,
  listPartitionKeys,
  listPartitionKeysInRange,
  partitionKeys,
  partitionKeysBackward,
} from "@millrace/model/partitions/partition-keys";
import {
  existingWindows,
  windowGrid,
  windowsBackFrom,
  windowsFrom,
} from "@millrace/model/partitions/window-grid";
import {
  findNextWindow,
  findPreviousWindow,
  keyOfInstant,
  keyOfWindowStart,
  windowKeysBetween,
} from "@millrace/model/partitions/window-keys";
import { formatWindow, orError, toDefinition, type VectorDefinition } from "./definitions.ts";

interface TimeQuery {
  readonly op: string;
  readonly key: string;
  readonly limit: number;
  readonly start: string;
  readonly end: string;
  readonly first: string;
  readonly last: string;
  readonly at: string;
  readonly window: "start_inclusive" | "end_inclusive";
}

interface TimeCase {
  readonly definition: VectorDefinition;
  readonly now: string;
  readonly queries: readonly TimeQuery[];
}

export function runCase(testCase: unknown): unknown {
  const { definition, now, queries } = testCase as TimeCase;
  return queries.map((query) => orError(() => answer(definition, Date.parse(now), query)));
}

function answer(vector: VectorDefinition, now: number, query: TimeQuery): unknown {
  const definition = parsePartitionsDefinition(toDefinition(vector)) as TimePartitions;
  const grid = windowGrid(definition);
  const existing = existingWindows(grid, now);
  switch (query.op) {
    case "construct":
      return { ok: true };
    case "count":
      return countPartitionKeys(definition, now);
    case "keys":
      return listPartitionKeys(definition, now);
    case "first_keys":
      return Iterator.from(partitionKeys(definition, now)).take(query.limit).toArray();
    case "last_keys":
      return Iterator.from(partitionKeysBackward(definition, now)).take(query.limit).toArray().toReversed();
    case "first_window":
      return formatWindow(existing && (windowsFrom(grid, existing.start).next().value ?? null));
    case "last_window":
      return formatWindow(existing && (windowsBackFrom(grid, existing.end - 1).next().value ?? null));
    case "window_of_key":
      return formatWindow(getPartitionWindow(definition, query.key));
    case "next_key": {
      const next = findNextWindow(grid, getPartitionWindow(definition, query.key).end, now);
      return next && keyOfWindowStart(grid, next.start);
    }
    case "previous_window":
      return formatWindow(findPreviousWindow(grid, Date.parse(query.start), now));
    case "next_window":
      return formatWindow(findNextWindow(grid, Date.parse(query.end), now));
    case "keys_in_range":
      return listPartitionKeysInRange(definition, query.first, query.last);
    case "keys_starting_in":
      return [...windowKeysBetween(grid, { start: Date.parse(query.start), end: Date.parse(query.end) })];
    case "has_key":
      return hasPartitionKey(definition, query.key, now);
    case "key_of_time":
      return keyOfInstant(grid, Date.parse(query.at) - (query.window === "end_inclusive" ? 1 : 0));
    default:
      throw new Error(`Unknown query ${query.op}`);
  }
}
