import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "@millrace/model/time/clock";
import type { Logger } from "pino";
import { hasEnded } from "./start-server.ts";

/** Pause before another try when the server won't start again. */
const RESTART_DELAY_MS = 1_000;

/** A server that is replaced when it dies. */
export interface KeptServer {
  /** Its process id now. */
  readonly pid: () => number;
  /** Ends it in order and returns once it has gone. */
  readonly close: () => Promise<void>;
}

/** Starts a server and replaces it when it dies before `close`. */
export async function keepRunning(start: () => Promise<ChildProcess>, logger: Logger): Promise<KeptServer> {
  const closing = new AbortController();
  let server = await start();
  const kept = keep();
  return {
    pid: () => server.pid ?? 0,
    async close() {
      closing.abort();
      // Fast shutdown: sessions are cut, the log is flushed.
      server.kill("SIGINT");
      await kept;
    },
  };

  async function keep(): Promise<void> {
    for (;;) {
      if (!hasEnded(server)) await once(server, "exit");
      if (closing.signal.aborted) return;
      logger.error(
        { code: server.exitCode, signal: server.signalCode },
        "the embedded database died, starting it again",
      );
      server = await restart();
      if (closing.signal.aborted) server.kill("SIGINT");
      else logger.info("the embedded database runs again");
    }
  }

  async function restart(): Promise<ChildProcess> {
    for (;;) {
      try {
        return await start();
      } catch (error) {
        if (closing.signal.aborted) return server;
        logger.error(
          { err: error },
          `the embedded database does not start, next try in ${RESTART_DELAY_MS} ms`,
        );
        await systemClock.sleep(RESTART_DELAY_MS, closing.signal);
        if (closing.signal.aborted) return server;
      }
    }
  }
}
