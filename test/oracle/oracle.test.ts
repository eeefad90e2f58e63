import { expect, test } from "vitest";
import { compareFile, listVectorFiles, VECTORS } from "./run.ts";

test.for(listVectorFiles(VECTORS))("every case of %s is equal", async (file) => {
  const result = await compareFile(VECTORS, file);

  expect(result.missing, `${file} has no adapter`).toBeUndefined();
  expect(result.differing.filter((difference) => difference.deviation === null)).toEqual([]);
});
