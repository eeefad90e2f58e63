import { Client } from "pg";
import type { Logger } from "pino";
import type { Ids } from "@millrace/model/randomness";
import type { Clock } from "@millrace/model/time/clock";
import { parseTopic } from "@millrace/model/topic";
import { clientConfig } from "../database/connect.ts";
import { WAKE_CHANNEL } from "./notify-change.ts";
import { createWakeBus, type WakeBus } from "./wake-bus.ts";

/** While no notifications come, everyone who waits looks for himself this often. */
const FALLBACK_POLL_MS = 250;
/** How often the connection must prove that notifications still come through it. */
const PROBE_INTERVAL_MS = 30_000;
const PROBE_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 5_000;

/** What a listener works with. */
interface ListenerContext {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** A bus that hears the notifications of every replica. */
export interface WakeListener extends WakeBus {
  /** Whether notifications come through; false while it polls instead. */
  isListening(): boolean;
  close(): Promise<void>;
}

/**
 * Listens on a connection of its own. Where notifications don't come through (the database restarts, or PgBouncer in transaction
 * mode stands between), all who wait are woken every 250 ms until they do.
 */
export function createWakeListener(url: string, context: ListenerContext): WakeListener {
  const { logger, clock } = context;
  const bus = createWakeBus(clock);
  const closing = new AbortController();
  let listening = false;
  const ended = keepListening();

  async function keepListening(): Promise<void> {
    let failures = 0;
    const polling = every(clock, FALLBACK_POLL_MS, closing.signal, () => {
      if (!listening) bus.wakeAll();
    });
    while (!closing.signal.aborted) {
      const cause = await listenOnce(url, bus, context, closing.signal, () => {
        if (failures > 0) logger.info("notifications of the database come through again");
        failures = 0;
        listening = true;
        bus.wakeAll(); // something may have been missed
      });
      listening = false;
      if (closing.signal.aborted) break;
      if (failures++ === 0)
        logger.warn(
          { reason: cause instanceof Error ? cause.message : cause },
          `no notifications from the database, polling every ${FALLBACK_POLL_MS} ms`,
        );
      const delayMs = Math.min(MAX_RECONNECT_DELAY_MS, 50 * 2 ** failures);
      await clock.sleep(delayMs, closing.signal);
    }
    await polling;
  }

  return {
    wait: (topics) => bus.wait(topics),
    subscribe: (topics, signal) => bus.subscribe(topics, signal),
    isListening: () => listening,
    async close() {
      closing.abort();
      bus.end();
      await ended;
    },
  };
}

/** Listens on one connection until it fails; returns why. */
async function listenOnce(
  url: string,
  bus: ReturnType<typeof createWakeBus>,
  { clock, ids }: Omit<ListenerContext, "logger">,
  signal: AbortSignal,
  onListening: () => void,
): Promise<unknown> {
  const client = new Client(clientConfig(url));
  const failed = Promise.withResolvers<unknown>();
  const stop = (): void => failed.resolve(null);
  signal.addEventListener("abort", stop, { once: true });
  client.on("error", failed.resolve);
  client.on("end", () => failed.resolve(new Error("the connection was closed")));
  let expectedProbe: string | null = null;
  let probeSeen: (() => void) | null = null;
  client.on("notification", ({ payload = "" }) => {
    const topic = parseTopic(payload);
    if (payload === expectedProbe) probeSeen?.();
    else if (topic !== null) bus.wake(topic);
  });

  /** A listener behind a transaction pooler hears nothing and gets no error either: so it must hear itself. */
  async function probe(): Promise<void> {
    const seen = Promise.withResolvers<void>();
    expectedProbe = `probe:${ids.newId()}`;
    probeSeen = seen.resolve;
    const heard = new AbortController();
    void clock
      .sleep(PROBE_TIMEOUT_MS, heard.signal)
      .then(() => seen.reject(new Error("the database does not deliver notifications")));
    await Promise.all([
      client.query("select pg_notify($1, $2)", [WAKE_CHANNEL, expectedProbe]),
      seen.promise,
    ]).finally(() => heard.abort());
  }

  const over = new AbortController();
  try {
    await client.connect();
    await client.query(`listen ${WAKE_CHANNEL}`);
    await probe();
    onListening();
    void every(clock, PROBE_INTERVAL_MS, over.signal, () => void probe().catch(failed.resolve));
    return await failed.promise;
  } catch (error) {
    return error;
  } finally {
    over.abort();
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => {});
  }
}

/** Does something again and again until the signal is aborted. */
async function every(clock: Clock, ms: number, signal: AbortSignal, work: () => void): Promise<void> {
  for (;;) {
    await clock.sleep(ms, signal);
    if (signal.aborted) return;
    work();
  }
}
