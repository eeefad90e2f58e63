import { expect, test } from "vitest";
import { subsetKeys } from "@millrace/model/partitions/subset-keys";
import { createKnownPartitions } from "./known-partitions.ts";
import { NOWHERE } from "./place-facts.ts";

const COLORS = { type: "static", keys: ["blue", "green", "red"] } as const;
const made = { ...NOWHERE, materializedAt: 1 };

test("the sets of what is present and failed follow each change, and forget what is gone", () => {
  const partitions = createKnownPartitions([["blue", made]]);
  const shown = () => ({
    present: [...subsetKeys(COLORS, partitions.present(COLORS, false))],
    failed: [...subsetKeys(COLORS, partitions.failed(COLORS))],
  });
  expect(shown()).toEqual({ present: ["blue"], failed: [] });

  partitions.set("red", made);
  partitions.set("green", { ...NOWHERE, failedAt: 2 });
  expect(shown()).toEqual({ present: ["blue", "red"], failed: ["green"] });

  partitions.set("blue", { ...made, failedAt: 2 });
  partitions.set("red", null);
  partitions.set("green", { ...made, materializedAt: 3, failedAt: 2 });
  expect(shown()).toEqual({ present: ["blue", "green"], failed: ["blue"] });
});

test("an external asset has the partitions that were observed, also when that is found out later", () => {
  const partitions = createKnownPartitions([["blue", { ...NOWHERE, observedAt: 1 }]]);
  expect([...subsetKeys(COLORS, partitions.present(COLORS, false))]).toEqual([]);
  expect([...subsetKeys(COLORS, partitions.present(COLORS, true))]).toEqual(["blue"]);
});
