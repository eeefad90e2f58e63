import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Logger } from "pino";
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
export function createWakeListener(url: string, logger: Logger): WakeListener {
  const bus = createWakeBus();
  const closing = new AbortController();
  let listening = false;
  const ended = keepListening();

  async function keepListening(): Promise<void> {
    let failures = 0;
    const polling = setInterval(() => {
      if (!listening) bus.wakeAll();
    }, FALLBACK_POLL_MS);
    while (!closing.signal.aborted) {
      const cause = await listenOnce(url, bus, closing.signal, () => {
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
      await sleep(delayMs, undefined, { signal: closing.signal }).catch(() => {}); // aborted: the loop's condition ends it
    }
    clearInterval(polling);
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
    expectedProbe = `probe:${randomUUID()}`;
    probeSeen = seen.resolve;
    const timer = setTimeout(
      () => seen.reject(new Error("the database does not deliver notifications")),
      PROBE_TIMEOUT_MS,
    );
    await Promise.all([
      client.query("select pg_notify($1, $2)", [WAKE_CHANNEL, expectedProbe]),
      seen.promise,
    ]).finally(() => clearTimeout(timer));
  }

  let prober: NodeJS.Timeout | undefined;
  try {
    await client.connect();
    await client.query(`listen ${WAKE_CHANNEL}`);
    await probe();
    onListening();
    prober = setInterval(() => void probe().catch(failed.resolve), PROBE_INTERVAL_MS);
    return await failed.promise;
  } catch (error) {
    return error;
  } finally {
    clearInterval(prober);
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => {});
  }
}
