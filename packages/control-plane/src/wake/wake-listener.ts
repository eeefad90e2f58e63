import { sql } from "kysely";
import { Client } from "pg";
import type { Logger } from "pino";
import type { Ids } from "@millrace/model/randomness";
import type { Clock } from "@millrace/model/time/clock";
import { backoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import { every } from "@millrace/model/waiting/every";
import { parseTopic } from "@millrace/model/topic";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import { clientConfig, type Db } from "../database/connect.ts";
import { isServerProcess } from "../database/named-statements.ts";
import { WAKE_CHANNEL } from "./notify-change.ts";
import { createWakeBus, type WakeBus, type WakeSource } from "./wake-bus.ts";

/** While no notifications come, everyone who waits looks for himself this often. */
const FALLBACK_POLL_MS = 250;
/** How often it must be proven that notifications still come through, past a pooler that may hand its connection to somebody else. */
const POOLED_PROOF_MS = 2_000;
/** The same for a connection of the database's own: it breaks with an error, unless the network swallows what it sends. */
const PROOF_MS = 10_000;
const PROBE_TIMEOUT_MS = 2_000;
/** Probes sent at once behind a pooler, which runs them on several of its connections. */
const POOLED_PROBES = 3;
const RECONNECT_BACKOFF: Backoff = { firstMs: 100, longestMs: 5_000 };

/** What a listener works with. */
interface ListenerContext {
  /** Where everybody notifies: probes take the same way. */
  readonly db: Db;
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
 * mode stands between), all who wait, and one of those who wait in turn, are woken every 250 ms until they do.
 *
 * @param url the database itself, or a pooler that keeps a connection for one session.
 */
export function createWakeListener(url: string, context: ListenerContext): WakeListener {
  const { logger, clock } = context;
  const bus = createWakeBus(clock);
  const closing = new AbortController();
  let listening = false;
  const ended = keepListening();

  async function keepListening(): Promise<void> {
    let failures = 0;
    let polling = startPolling();
    while (!closing.signal.aborted) {
      const cause = await listenOnce(url, bus, context, closing.signal, () => {
        if (failures > 0) logger.info("notifications of the database come through");
        failures = 0;
        listening = true;
        polling.abort();
        bus.wakeAll(); // something may have been missed
      });
      if (closing.signal.aborted) break;
      if (listening) polling = startPolling();
      listening = false;
      if (failures++ === 0)
        logger.warn(
          { reason: cause instanceof Error ? cause.message : cause },
          `no notifications from the database, polling every ${FALLBACK_POLL_MS} ms: behind PgBouncer in transaction mode, ` +
            "give the server --listen-url, an address of the database without it",
        );
      await clock.sleep(backoffMs(RECONNECT_BACKOFF, failures), closing.signal);
    }
  }

  /** Lets everybody look again and again, until it is aborted. */
  function startPolling(): AbortController {
    const stop = new AbortController();
    const either = AbortSignal.any([closing.signal, stop.signal]);
    void every(clock, FALLBACK_POLL_MS, either, () => bus.wakeAll());
    return stop;
  }

  return {
    wait: (topics) => bus.wait(topics),
    waitInTurn: (turns, others) => bus.waitInTurn(turns, others),
    subscribe: (topics, signal) => bus.subscribe(topics, signal),
    countHints: () => bus.countHints(),
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
  bus: WakeSource,
  { db, clock, ids }: ListenerContext,
  signal: AbortSignal,
  onListening: () => void,
): Promise<unknown> {
  const client = new Client(clientConfig(url));
  const failed = Promise.withResolvers<unknown>();
  using _ = onAbort(signal, () => failed.resolve(null));
  client.on("error", failed.resolve);
  client.on("end", () => failed.resolve(new Error("the connection was closed")));
  const expected = new Map<string, () => void>();
  let heard = 0;
  client.on("notification", ({ payload = "" }) => {
    heard++;
    const topic = parseTopic(payload);
    if (topic !== null) bus.wake(topic);
    else expected.get(payload)?.();
  });

  /**
   * A listener behind a transaction pooler hears nothing and gets no error either, but would hear itself: so the probe takes the
   * way of everybody's notifications.
   */
  async function probe(): Promise<void> {
    const payload = `probe:${ids.newId()}`;
    const seen = Promise.withResolvers<void>();
    expected.set(payload, seen.resolve);
    try {
      await sql`select pg_notify(${WAKE_CHANNEL}, ${payload})`.execute(db);
      if ((await within(clock, PROBE_TIMEOUT_MS, seen.promise, over.signal)) === TOO_LATE)
        throw new Error("the database does not deliver notifications");
    } finally {
      expected.delete(payload);
    }
  }

  /** What was heard proves it too, so that only an idle server asks. */
  async function prove(intervalMs: number): Promise<void> {
    for (let known = heard; !over.signal.aborted; known = heard) {
      await clock.sleep(intervalMs, over.signal);
      if (heard === known && !over.signal.aborted) await probe();
    }
  }

  const over = new AbortController();
  try {
    await client.connect();
    await client.query(`listen ${WAKE_CHANNEL}`);
    const isDirect = await isServerProcess(client);
    await Promise.all(Array.from({ length: isDirect ? 1 : POOLED_PROBES }, probe));
    onListening();
    void prove(isDirect ? PROOF_MS : POOLED_PROOF_MS).catch(failed.resolve);
    return await failed.promise;
  } catch (error) {
    return error;
  } finally {
    over.abort();
    await client.end().catch(() => {});
  }
}
