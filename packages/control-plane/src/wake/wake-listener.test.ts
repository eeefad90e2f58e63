import { sql } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { topics } from "@millrace/model/topic";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { notifyChange, notifyLogs, notifyWork, notifyWorkItem } from "./notify-change.ts";
import { createWakeListener } from "./wake-listener.ts";

const { db, url } = await createTestDatabase();
const bus = createWakeListener(url, createTestContext(db));
afterAll(() => bus.close());
beforeAll(() => vi.waitUntil(() => bus.isListening(), { timeout: 20_000 }));

test("who waits for a topic is woken by a change of it, and not by others", async () => {
  using waiting = bus.wait([topics.work("default", "gpu"), topics.runs("default")]);

  await notifyChange(db, topics.work("default", "default"), topics.work("branch", "gpu"));
  await notifyChange(db, topics.work("default", "gpu"));

  expect(await waiting.next()).toEqual([topics.work("default", "gpu")]);
});

test("rows of a statement tell of themselves, each in its deployment", async () => {
  const id = "0b6ff5a1-7a42-4f0e-9f9c-3a3f2d6a1c55";
  const wanted = [topics.work("branch", "gpu/a"), topics.workItem("branch", id), topics.logs("branch", id)];
  using waiting = bus.wait([...wanted, topics.work("default", "gpu/a"), topics.workItem("default", id)]);
  using last = bus.wait([topics.agents("default")]);

  await sql`select ${notifyWork}, ${notifyWorkItem}, ${notifyLogs}
    from (values ('branch', 'gpu/a', ${id}::uuid, ${id}::uuid)) rows (deployment_id, queue, id, run_id)`.execute(
    db,
  );

  await notifyChange(db, topics.agents("default"));
  await last.next();

  expect(await waiting.next()).toEqual(wanted);
});

test("a change is told when its transaction has committed, and never when it was rolled back", async () => {
  using waiting = bus.wait([topics.runs("default"), topics.assets("default")]);
  const failing = db.transaction().execute(async (trx) => {
    await notifyChange(trx, topics.assets("default"));
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");

  await db.transaction().execute(async (trx) => {
    await notifyChange(trx, topics.runs("default"));
    expect(await waiting.next(50)).toEqual([]);
  });

  expect(await waiting.next()).toEqual([topics.runs("default")]);
});

test("changes between two waits are not missed", async () => {
  using waiting = bus.wait([topics.runs("default"), topics.assets("default")]);
  using other = bus.wait([topics.agents("default")]);

  await notifyChange(db, topics.runs("default"));
  await notifyChange(db, topics.assets("default"));
  await notifyChange(db, topics.agents("default"));
  await other.next();

  expect(await waiting.next()).toEqual([topics.runs("default"), topics.assets("default")]);
});

test("a subscription tells of changes until its signal aborts", async () => {
  const stop = new AbortController();
  const subscription = bus.subscribe([topics.runs("default")], stop.signal);
  const first = subscription.next();
  await notifyChange(db, topics.runs("default"));
  expect(await first).toEqual({ done: false, value: topics.runs("default") });

  const second = subscription.next();
  stop.abort();

  expect(await second).toEqual({ done: true, value: undefined });
});

test("when the connection breaks, everyone looks again, and it heals", async () => {
  using waiting = bus.wait([topics.runs("default")]);

  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(db);

  expect(await waiting.next()).toEqual([topics.runs("default")]);
  await vi.waitUntil(() => bus.isListening(), { timeout: 10_000 });
  await notifyChange(db, topics.runs("default"));
  expect(await waiting.next()).toContain(topics.runs("default"));
});
