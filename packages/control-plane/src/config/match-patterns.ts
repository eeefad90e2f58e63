import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { systemClock } from "@millrace/model/time/clock";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import type { PatternAnswer, PatternQuestion } from "./pattern-thread.ts";

/** A pattern that people write has matched in microseconds; one that takes longer than this may take for ever. */
const DEADLINE_MS = 100;
/** The thread's own start, on a machine that is busy. */
const START_MS = 10_000;

let thread: Promise<Worker> | null = null;
let questions = 0;

/**
 * Whether texts may match patterns that somebody else wrote, tried in a thread of their own, which is ended when that takes longer
 * than `DEADLINE_MS`: the server answers others meanwhile.
 *
 * @returns in the order of the pairs; null when there was no time, so that nobody here can say.
 */
export async function matchPatterns(pairs: PatternQuestion["pairs"]): Promise<readonly boolean[] | null> {
  if (pairs.length === 0) return [];
  // The time is that of the processor, whatever time it is for the server.
  const worker = await (thread ??= startThread());
  const id = questions++;
  const answered = Promise.withResolvers<readonly boolean[] | null>();
  const onAnswer = (answer: PatternAnswer): void => {
    if (answer.id === id) answered.resolve(answer.matches);
  };
  const onEnd = (): void => answered.resolve(null);
  worker.on("message", onAnswer).once("exit", onEnd);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins, windows have
  worker.postMessage({ id, pairs } satisfies PatternQuestion);
  const matches = await within(systemClock, DEADLINE_MS, answered.promise);
  worker.off("message", onAnswer).off("exit", onEnd);
  if (matches !== TOO_LATE) return matches;
  thread = null;
  void worker.terminate();
  return null;
}

async function startThread(): Promise<Worker> {
  const worker = new Worker(new URL("./pattern-thread.ts", import.meta.url));
  worker.unref();
  worker.once("exit", () => (thread = null)).setMaxListeners(0);
  // Without this a thread that can't be started would end the server.
  worker.on("error", () => (thread = null));
  await within(systemClock, START_MS, once(worker, "message"));
  worker.unref();
  return worker;
}
