import type { ServerContext } from "../context/server-context.ts";
import type { Duty } from "./daemon.ts";
import type { DueWatch } from "./due-watch.ts";
import { tickOnce, type TickReport } from "./tick-once.ts";

/**
 * Runs a daemon at its place until `signal` aborts: at once, whenever something of its topics changes or `watch` says that something is
 * due, and when the time that its last tick named is over. A tick that fails is tried again and never ends it.
 *
 * @param onTick told of each tick, and how many milliseconds after it was due it began.
 */
export async function runDaemon(
  duty: Duty,
  context: ServerContext,
  replica: string,
  watch: DueWatch,
  signal: AbortSignal,
  onTick: (report: TickReport, latenessMs: number) => void,
): Promise<void> {
  const topics = duty.deploymentId === null ? [] : duty.daemon.wokenBy(duty.deploymentId);
  using waiting = context.bus.wait(topics);
  let wasAway = true;
  using _ = watch.add(duty, (isBack, dueForMs) => {
    wasAway ||= isBack;
    waiting.rouse(dueForMs);
  });
  let dueMs = context.clock.monotonic();
  while (!signal.aborted) {
    const before = wasAway;
    wasAway = false;
    const { outcome, nextInMs, ...rest } = await tickOnce(duty, context, replica, before);
    // A place where ticks fail is not looked after.
    wasAway ||= outcome === "failed";
    onTick({ outcome, nextInMs, ...rest }, Math.max(0, rest.startedMs - dueMs));
    dueMs = context.clock.monotonic() + nextInMs;
    // News is no reason to try again what fails, or what another replica does.
    if (outcome === "done") {
      await waiting.next(nextInMs, signal);
      dueMs = waiting.wokenSince() ?? dueMs;
    } else await context.clock.sleep(nextInMs, signal);
  }
}
