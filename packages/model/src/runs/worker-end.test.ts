import { expect, test } from "vitest";
import { describeWorkerEnd, WORKER_END_CAUSES, type WorkerEnd } from "./worker-end.ts";

const END: WorkerEnd = { how: "exited", exitCode: null, detail: null, lastOutput: null };

test.each<[Partial<WorkerEnd>, string]>([
  [{ exitCode: 3 }, "ended with exit code 3"],
  [{ how: "signaled", detail: "SIGTERM" }, "was killed by SIGTERM"],
  [{ how: "signaled", detail: "SIGINT" }, "was asked to stop (SIGINT), and ended at once"],
  [{ how: "signaled", detail: "SIGKILL" }, "was killed by SIGKILL (from outside, or out of memory)"],
  [{ how: "out_of_memory", detail: "its limit is 512 MiB" }, "ran out of memory: its limit is 512 MiB"],
  [{ how: "evicted", detail: "the node was drained" }, "was evicted: the node was drained"],
  [{ how: "lost" }, "is gone, and nobody saw how it ended"],
  [{ how: "never_started", detail: "ImagePullBackOff" }, "never started: ImagePullBackOff"],
])("the end %o is said as: it %s", (end, said) => {
  expect(describeWorkerEnd({ ...END, ...end })).toBe(said);
});

test("every cause has words, without a detail too", () => {
  const words = WORKER_END_CAUSES.map((how) => describeWorkerEnd({ ...END, how }));
  expect(new Set(words).size).toBe(words.length);
});
