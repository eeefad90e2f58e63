import { systemClock } from "@millrace/model/time/clock";
import { scatteredBackoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import { AgentApiUnreachable } from "../agent-api-client.ts";
import { asSuperseded } from "./attempt-superseded.ts";

/** Pauses between tries to reach the control plane, for whoever asks it: a worker, its courier, the agent. */
export const CONTROL_PLANE_BACKOFF: Backoff = { firstMs: 100, longestMs: 5_000 };

/**
 * Sends until the control plane answers, with growing pauses, for ever: reporting never fails user code.
 *
 * @throws AttemptSuperseded when the answer is that nothing of this attempt is kept any more.
 * @throws AgentApiRefused for any other refusal, and the signal's reason when it is aborted.
 */
export async function untilAnswered<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof AgentApiUnreachable)) throw asSuperseded(error);
    }
    const pauseMs = scatteredBackoffMs(CONTROL_PLANE_BACKOFF, failures, Math.random());
    await systemClock.sleep(pauseMs, signal);
  }
}
