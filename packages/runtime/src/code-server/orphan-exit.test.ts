import { expect, test } from "vitest";
import { watchForOrphaning } from "./orphan-exit.ts";

test("a server whose agent has no channel to it ends once nobody has called for a while", async () => {
  const orphaned = Promise.withResolvers<number>();
  const begun = performance.now();
  const watch = watchForOrphaning(() => orphaned.resolve(performance.now() - begun), true, 60);
  await new Promise((resolve) => setTimeout(resolve, 40));
  watch.onCall();
  expect(await orphaned.promise).toBeGreaterThanOrEqual(98);
});
