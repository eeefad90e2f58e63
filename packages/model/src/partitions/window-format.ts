import type { PartitionsDefinition, TimePartitions } from "./definition.ts";
import { InvalidPartitionsDefinition } from "./partition-errors.ts";
import { formatOfPartitions, windowGrid, windowsFrom } from "./window-grid.ts";
import { findWindowOfKey, keyOfWindowStart } from "./window-keys.ts";

/** So many windows, from the first on, show whether a format tells windows apart: schedules repeat themselves much sooner. */
const SAMPLE = 32;

/**
 * Checks that a key stands for one window only: with a format of days, all hours of a day would be one partition.
 *
 * @throws InvalidPartitionsDefinition naming two windows that share a key.
 */
export function requireTellingFormat(definition: PartitionsDefinition): void {
  if (definition.type === "multi") Object.values(definition.dimensions).forEach(requireTellingFormat);
  else if (definition.type !== "static" && definition.type !== "dynamic") requireTellingKeys(definition);
}

function requireTellingKeys(definition: TimePartitions): void {
  const grid = windowGrid(definition);
  for (const { start, end } of windowsFrom(grid, grid.start).take(SAMPLE)) {
    if (grid.end !== null && end > grid.end) return;
    const key = keyOfWindowStart(grid, start);
    const found = findWindowOfKey(grid, key);
    if (found?.start === start) continue;
    const at = new Date(start).toISOString();
    const other =
      found === null ? "is not told by it" : `and the one at ${new Date(found.start).toISOString()} share it`;
    throw new InvalidPartitionsDefinition(
      `the format "${formatOfPartitions(definition)}" does not tell windows apart: of the key "${key}" the window that starts at ${at} ${other}. Give it all parts down to where windows start, as in "%Y-%m-%d-%H:%M"`,
    );
  }
}
