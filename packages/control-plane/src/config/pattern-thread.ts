import { parentPort } from "node:worker_threads";
import { mayMatch } from "@millrace/model/config/may-match";

/** What the thread is asked: an id, and pairs of a pattern and a text. */
export interface PatternQuestion {
  readonly id: number;
  readonly pairs: readonly { readonly pattern: string; readonly text: string }[];
}

/** Whether each text may match its pattern. */
export interface PatternAnswer {
  readonly id: number;
  readonly matches: readonly boolean[];
}

parentPort?.on("message", ({ id, pairs }: PatternQuestion) => {
  const matches = pairs.map(({ pattern, text }) => mayMatch(pattern, text));
  answer({ id, matches });
});
answer(null); // Ready.

function answer(message: PatternAnswer | null): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins, windows have
  parentPort?.postMessage(message);
}
