import { expect, test } from "vitest";
import { warmUp } from "./warm-up.ts";

test("warming up ends without a word", async () => {
  await expect(warmUp()).resolves.toBeUndefined();
});
