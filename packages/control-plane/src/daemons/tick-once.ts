import type { ServerContext } from "../context/server-context.ts";
import { claimDaemonLease, holdDaemonLease } from "./daemon-lease.ts";
import type { DaemonContext, Duty } from "./daemon.ts";

/** How a tick went. */
export interface TickReport {
  readonly duty: Duty;
  /** `elsewhere`: another replica runs the daemon. */
  readonly outcome: "done" | "failed" | "elsewhere";
  /** Why it failed; null: it did not. */
  readonly error: Error | null;
  /** When it began, by the replica's monotonic clock. */
  readonly startedMs: number;
  /** Milliseconds it took. */
  readonly tookMs: number;
  /** Milliseconds until the next tick, unless something wakes the daemon. */
  readonly nextInMs: number;
}

/** Pause after a tick that failed, as when the database is away. */
const RETRY_MS = 1_000;
/** Shortest pause, so that what stays due does not keep us busy. */
const MIN_PAUSE_MS = 250;

/**
 * Lets a daemon tick once at its place, unless another replica has the place. Never fails: what went wrong is in the report.
 *
 * @param replica the name of this replica, see `createReplicaName`.
 * @param wasAway see `DaemonContext`.
 */
export async function tickOnce(
  duty: Duty,
  context: ServerContext,
  replica: string,
  wasAway = false,
): Promise<TickReport> {
  const { clock } = context;
  const startedMs = clock.monotonic();
  const report = (
    outcome: TickReport["outcome"],
    nextInMs: number,
    error: Error | null = null,
  ): TickReport => ({
    duty,
    outcome,
    error,
    startedMs,
    tookMs: clock.monotonic() - startedMs,
    nextInMs,
  });
  try {
    const { intervalMs, runsOn } = duty.daemon;
    if (runsOn === "any")
      return report("done", limitPause(intervalMs, await tick(duty, { ...withoutLease(context), wasAway })));
    if (await isIdle(duty, context)) return report("done", intervalMs);
    const claim = await claimDaemonLease(context.db, duty, replica);
    if (!claim.held) return report("elsewhere", Math.max(MIN_PAUSE_MS, claim.freeInMs));
    const nextInMs = await tick(duty, {
      ...context,
      wasAway,
      holdPlace: (trx) => holdDaemonLease(trx, duty, replica, claim.fence),
    });
    return report("done", limitPause(intervalMs, nextInMs));
  } catch (error) {
    return report("failed", RETRY_MS, error instanceof Error ? error : new Error(String(error)));
  }
}

async function isIdle({ daemon, deploymentId }: Duty, context: ServerContext): Promise<boolean> {
  return deploymentId !== null && ((await daemon.isIdle?.(context, deploymentId)) ?? false);
}

function tick(duty: Duty, context: DaemonContext): Promise<number | void> {
  return duty.deploymentId === null
    ? duty.daemon.tick(context)
    : duty.daemon.tick(context, duty.deploymentId);
}

function limitPause(intervalMs: number, nextInMs: number | void): number {
  return Math.min(intervalMs, Math.max(MIN_PAUSE_MS, nextInMs ?? intervalMs));
}

function withoutLease(context: ServerContext): Omit<DaemonContext, "wasAway"> {
  return {
    ...context,
    holdPlace: () => Promise.reject(new Error("A daemon that may run on any replica has no place to hold")),
  };
}
