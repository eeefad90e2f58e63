import type { ServerContext } from "../context/server-context.ts";
import type { Duty } from "./daemon.ts";
import { tickOnce, type TickReport } from "./tick-once.ts";

/**
 * Runs a daemon at its place until `signal` aborts: at once, whenever something of its topics changes, and when the time that its
 * last tick named is over. A tick that fails is tried again and never ends it.
 */
export async function runDaemon(
  duty: Duty,
  context: ServerContext,
  replica: string,
  signal: AbortSignal,
  onTick: (report: TickReport) => void,
): Promise<void> {
  const topics = duty.deploymentId === null ? [] : duty.daemon.wokenBy(duty.deploymentId);
  using waiting = context.bus.wait(topics);
  while (!signal.aborted) {
    const { outcome, nextInMs, ...rest } = await tickOnce(duty, context, replica);
    onTick({ outcome, nextInMs, ...rest });
    // News is no reason to try again what fails, or what another replica does.
    if (outcome === "done") await waiting.next(nextInMs, signal);
    else await context.clock.sleep(nextInMs, signal);
  }
}
