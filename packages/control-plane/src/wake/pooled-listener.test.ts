import { once } from "node:events";
import { Writable } from "node:stream";
import { pino } from "pino";
import { systemClock, type Clock } from "@millrace/model/time/clock";
import { topics } from "@millrace/model/topic";
import { afterAll, expect, test, vi } from "vitest";
import { connect } from "../database/connect.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { startPgBouncer } from "../testing/test-pgbouncer.ts";
import { notifyChange } from "./notify-change.ts";
import { createWakeListener } from "./wake-listener.ts";

const { url } = await createTestDatabase();
const pooler = await startPgBouncer(url);
const pooled = connect(pooler.urlOf(url));
afterAll(async () => {
  await pooled.destroy();
  await pooler.close();
});

/** Time stands still: nobody looks again after a while, so what is woken was told. */
const stoppedClock: Clock = {
  ...systemClock,
  async sleep(_milliseconds, signal) {
    if (!signal.aborted) await once(signal, "abort");
  },
};

test("behind a transaction pooler a listener hears nothing, does not take that for quiet, and lets everybody look", async () => {
  const lines: string[] = [];
  const logger = pino(
    new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) }),
  );
  const bus = createWakeListener(pooler.urlOf(url), createTestContext(pooled, { logger }));
  using waiting = bus.wait([topics.runs("d")]);

  await vi.waitUntil(() => lines.some((line) => line.includes("no notifications")), { timeout: 20_000 });
  await waiting.next(); // woken before by nobody's word

  expect(await waiting.next()).toEqual([topics.runs("d")]);
  expect(bus.isListening()).toBe(false);
  expect(lines.join("")).not.toContain("come through");
  expect(lines.join("")).toContain("--listen-url");
  await bus.close();
});

test("with an address past the pooler, each of fifty changes wakes who waits for it, without a look of their own", async () => {
  const bus = createWakeListener(url, createTestContext(pooled, { clock: stoppedClock }));
  await vi.waitUntil(() => bus.isListening(), { timeout: 20_000 });
  const ids = Array.from({ length: 50 }, (_, index) => `r${index}`);
  const waits = ids.map((id) => bus.wait([topics.run("d", id)]));

  await Promise.all(ids.map((id) => notifyChange(pooled, topics.run("d", id))));

  const woken = await Promise.all(waits.map((waiting) => waiting.next()));
  expect(woken).toEqual(ids.map((id) => [topics.run("d", id)]));
  for (const waiting of waits) waiting[Symbol.dispose]();
  await bus.close();
});
