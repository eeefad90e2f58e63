import { setTimeout as sleep } from "node:timers/promises";
import { AgentApiUnreachable } from "../agent-api-client.ts";
import { asSuperseded } from "./attempt-superseded.ts";

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/**
 * Sends until the control plane answers, with growing pauses, for ever: reporting never fails user code.
 *
 * @throws AttemptSuperseded when the answer is that nothing of this attempt is kept any more.
 * @throws AgentApiRefused for any other refusal, and the signal's reason when it is aborted.
 */
export async function untilAnswered<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof AgentApiUnreachable)) throw asSuperseded(error);
    }
    await sleep(retryPauseMs(failures, Math.random()), undefined, { signal }).catch(() => {}); // Aborted: the loop says so.
  }
}

/**
 * Milliseconds to wait after `failures + 1` failures in a row: doubling up to 5 seconds, scattered over the upper half so
 * that many workers don't return at the same instant.
 *
 * @param random a number in [0, 1).
 */
export function retryPauseMs(failures: number, random: number): number {
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures) * (0.5 + random / 2);
}
