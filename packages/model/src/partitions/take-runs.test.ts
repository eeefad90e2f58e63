import { expect, test } from "vitest";
import { createRandom } from "../steps/random-case.ts";
import type { PartitionsDefinition } from "./definition.ts";
import { listPartitionKeys } from "./partition-keys.ts";
import { splitIntoRuns } from "./split-into-runs.ts";
import { subsetKeys, subsetOfKeys } from "./subset-keys.ts";
import { takeRuns } from "./take-runs.ts";

const now = Date.parse("2024-02-01");
const dynamicKeys = { files: ["c", "a", "b", "z", "x", "y"] };
const daily: PartitionsDefinition = { type: "daily", start: "2024-01-01" };
const definitions: PartitionsDefinition[] = [
  daily,
  { ...daily, exclusions: [{ cron: "0 0 * * 0" }] },
  { type: "static", keys: ["a", "b", "c", "d", "e", "f", "g"] },
  { type: "dynamic", name: "files" },
  {
    type: "multi",
    dimensions: {
      day: { type: "daily", start: "2024-01-25" },
      part: { type: "static", keys: ["1", "2", "3"] },
    },
  },
];
const cases = definitions.flatMap((definition) => [1, 3, Infinity].map((max) => [definition, max] as const));

test.each(cases)("takes the first of the runs that all are split into: %j, %s a run", (definition, max) => {
  const random = createRandom(7);
  for (let round = 0; round < 20; round++) {
    const keys = listPartitionKeys(definition, now, dynamicKeys).filter(() => random() < 0.6);
    const subset = subsetOfKeys(definition, keys);

    const taken = takeRuns(definition, subset, max, Infinity, dynamicKeys);

    expect(taken.map(({ range }) => range)).toEqual(splitIntoRuns(definition, subset, max, dynamicKeys));
    expect(taken.flatMap(({ partitions }) => [...subsetKeys(definition, partitions)]).sort()).toEqual(
      keys.sort(),
    );
    expect(takeRuns(definition, subset, max, 2, dynamicKeys).length).toBeLessThanOrEqual(2);
  }
});
