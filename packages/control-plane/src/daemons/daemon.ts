import type { Topic } from "@millrace/model/topic";
import { isConnectionFailure } from "../database/connection-failure.ts";
import type { ServerContext } from "../context/server-context.ts";

/** Something the control plane does by itself, again and again. Any number of replicas may run it at once. */
export interface Daemon {
  readonly name: string;
  /** Changes that wake it. */
  readonly topics: readonly Topic[];
  /** Milliseconds between two ticks when nothing wakes it. */
  readonly intervalMs: number;
  /** Reads, decides, writes; safe to repeat. May return the milliseconds until something is due, when that is earlier. */
  tick(context: DaemonContext): Promise<number | void>;
}

/** What daemons work with. */
export type DaemonContext = ServerContext;

/** How a daemon's last tick went. */
export interface DaemonState {
  readonly daemon: string;
  /** When it ended, by the replica's monotonic clock. */
  readonly lastTickMs: number;
  readonly lastError: Error | null;
}

/** Pause after a tick that failed, as when the database is away. */
const RETRY_MS = 1_000;

/** Runs a daemon until `signal` aborts. A tick that fails is logged and tried again; it never ends the daemon. */
export async function runDaemon(
  daemon: Daemon,
  context: DaemonContext,
  signal: AbortSignal,
  onTick: (state: DaemonState) => void = () => {},
): Promise<void> {
  using waiting = context.bus.wait(daemon.topics);
  let failing = false;
  while (!signal.aborted) {
    let pauseMs = daemon.intervalMs;
    let lastError: Error | null = null;
    try {
      pauseMs = Math.min(pauseMs, (await daemon.tick(context)) ?? pauseMs);
      if (failing) context.logger.info({ daemon: daemon.name }, "the daemon works again");
      failing = false;
    } catch (error) {
      lastError = error instanceof Error ? error : new Error(String(error));
      if (!failing && !signal.aborted) {
        const fields = isConnectionFailure(error) ? { reason: error.message } : { err: error };
        context.logger.error({ daemon: daemon.name, ...fields }, "a daemon's tick failed");
      }
      failing = true;
    }
    onTick({ daemon: daemon.name, lastTickMs: context.clock.monotonic(), lastError });
    if (failing) await context.clock.sleep(RETRY_MS, signal);
    else await waiting.next(Math.max(0, pauseMs), signal);
  }
}
