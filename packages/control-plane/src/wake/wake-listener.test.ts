import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { notifyChange } from "./notify-change.ts";
import { createWakeListener } from "./wake-listener.ts";

const { db, url } = await createTestDatabase();
const bus = createWakeListener(url, pino({ level: "silent" }));
afterAll(() => bus.close());
beforeAll(() => vi.waitUntil(() => bus.isListening(), { timeout: 20_000 }));

test("who waits for a topic is woken by a change of it, and not by others", async () => {
  using waiting = bus.wait(["work:gpu", "runs"]);

  await notifyChange(db, "work:default");
  await notifyChange(db, "work:gpu");

  expect(await waiting.next()).toEqual(["work:gpu"]);
});

test("a change is told when its transaction has committed, and never when it was rolled back", async () => {
  using waiting = bus.wait(["runs", "assets"]);
  const failing = db.transaction().execute(async (trx) => {
    await notifyChange(trx, "assets");
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");

  await db.transaction().execute(async (trx) => {
    await notifyChange(trx, "runs");
    expect(await waiting.next(50)).toEqual([]);
  });

  expect(await waiting.next()).toEqual(["runs"]);
});

test("changes between two waits are not missed", async () => {
  using waiting = bus.wait(["runs", "assets"]);
  using other = bus.wait(["last"]);

  await notifyChange(db, "runs");
  await notifyChange(db, "assets");
  await notifyChange(db, "last");
  await other.next();

  expect(await waiting.next()).toEqual(["runs", "assets"]);
});

test("a subscription tells of changes until its signal aborts", async () => {
  const stop = new AbortController();
  const subscription = bus.subscribe(["runs"], stop.signal);
  const first = subscription.next();
  await notifyChange(db, "runs");
  expect(await first).toEqual({ done: false, value: "runs" });

  const second = subscription.next();
  stop.abort();

  expect(await second).toEqual({ done: true, value: undefined });
});

test("when the connection breaks, everyone looks again, and it heals", async () => {
  using waiting = bus.wait(["runs"]);

  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(db);

  expect(await waiting.next()).toEqual(["runs"]);
  await vi.waitUntil(() => bus.isListening(), { timeout: 10_000 });
  await notifyChange(db, "runs");
  expect(await waiting.next()).toContain("runs");
});
