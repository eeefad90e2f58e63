import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { inTransaction } from "../database/in-transaction.ts";
import type { Trx } from "../database/connect.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import {
  launchAndDequeue,
  launchInput,
  launchTestRun,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../testing/test-runs.ts";
import { consumeRunChanges, findNewestRunChange, readRunChanges, type RunChange } from "./change-feed.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);
beforeEach(() => sql`truncate run, run_change, run_feed, feed_cursor cascade`.execute(db));

const read = (after: number, limit = 1_000) => readRunChanges(db, TEST_DEPLOYMENT, after, limit);
const launch = (target = launchInput(), on = db) => launchTestRun(on, TEST_DEPLOYMENT, target);
const wordsOf = (changes: readonly RunChange[]) => changes.map(({ runId, status }) => `${runId} ${status}`);

/** A run whose worker has come to its end, in two batches. */
async function finishRun(): Promise<string> {
  const { id: runId } = await launchAndDequeue(db);
  await startAttempt(db, { runId, attempt: 1, workerId: "w1", place: "7@host", codeDigest: null });
  await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events: [lifeEvent("RUN_START")] });
  await appendRunEvents(db, { runId, attempt: 1, firstSequence: 1, events: [lifeEvent("RUN_SUCCESS")] });
  return runId;
}

/** Holds a transaction open after `work`, until the answer is called. */
async function holdOpen(work: (trx: Trx) => Promise<unknown>): Promise<() => Promise<void>> {
  const [open, closing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transaction = inTransaction(db, async (trx) => {
    await work(trx);
    open.resolve();
    await closing.promise;
  });
  await Promise.race([open.promise, transaction]);
  return () => {
    closing.resolve();
    return transaction;
  };
}

test("every status that a run comes to is in the feed, in order, with what there is to say of it", async () => {
  const runId = await finishRun();

  const { changes, upTo } = await read(0);

  expect(changes.map(({ seq, status }) => [seq, status])).toEqual([
    [1, "QUEUED"],
    [2, "STARTING"],
    [3, "STARTED"],
    [4, "SUCCESS"],
  ]);
  expect(changes[3]).toMatchObject({ runId, jobName: "hello", locationName: "shop", message: "RUN_SUCCESS" });
  expect(upTo).toBe(4);
  expect(await read(upTo)).toEqual({ changes: [], upTo: 4 });
});

test("several moves in one batch are as many changes", async () => {
  const { id: runId } = await launchAndDequeue(db);
  await startAttempt(db, { runId, attempt: 1, workerId: "w1", place: "7@host", codeDigest: null });
  const events = [lifeEvent("RUN_START"), lifeEvent("RUN_SUCCESS"), lifeEvent("RUN_CANCELED")];
  await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events });

  expect(wordsOf((await read(2)).changes)).toEqual([`${runId} STARTED`, `${runId} SUCCESS`]);
});

test("a page says where to go on, also when what it left out does not matter", async () => {
  for (let run = 0; run < 3; run++) await finishRun();

  const first = await readRunChanges(db, TEST_DEPLOYMENT, 0, 2, { statuses: ["SUCCESS"] });
  const second = await readRunChanges(db, TEST_DEPLOYMENT, first.upTo, 2, { statuses: ["SUCCESS"] });
  const newest = await findNewestRunChange(db, TEST_DEPLOYMENT, { statuses: ["STARTED"] });

  expect(first.changes.map(({ seq }) => seq)).toEqual([4, 8]);
  expect(second).toMatchObject({ changes: [{ seq: 12 }], upTo: 12 });
  expect(newest).toMatchObject({ changes: [{ seq: 11 }], upTo: 12 });
});

test("a change that was slow to commit is seen after those that were quicker, and nobody waits for it", async () => {
  const commit = await holdOpen((trx) => launch(launchInput({ tags: { slow: "yes" } }), trx));
  const quick = await launch();
  const before = await read(0);
  await commit();
  const after = await read(before.upTo);

  expect(before.changes.map(({ runId }) => runId)).toEqual([quick.id]);
  expect(after.changes).toMatchObject([{ seq: 2, tags: { slow: "yes" } }]);
});

test("a reader who numbers and does not commit makes others wait, not miss", async () => {
  const first = await launch();
  const commit = await holdOpen((trx) => readRunChanges(trx, TEST_DEPLOYMENT, 0, 10));
  const second = await launch();
  const other = read(0);
  await commit();

  expect((await other).changes.map(({ runId }) => runId)).toEqual([first.id, second.id]);
});

test("readers who follow while many write see every change once, each run's in its order", async () => {
  const WRITERS = 6;
  let writing = WRITERS;
  const write = async (): Promise<string[]> => {
    const ids: string[] = [];
    for (let run = 0; run < 5; run++) {
      // Some transactions are open longer than others, so that they commit in another order than they began.
      const commit = await holdOpen((trx) => launch(launchInput(), trx));
      ids.push(await finishRun());
      await commit();
    }
    writing--;
    return ids;
  };
  const follow = async (): Promise<RunChange[]> => {
    const seen: RunChange[] = [];
    let upTo = 0;
    for (let last = false; !last;) {
      last = writing === 0;
      const page = await read(upTo, 7);
      seen.push(...page.changes);
      if (page.changes.length === 7) last = false;
      upTo = page.upTo;
    }
    return seen;
  };

  const [one, two, ...written] = await Promise.all([
    follow(),
    follow(),
    ...Array.from({ length: WRITERS }, write),
  ]);

  const stored = await sql<{ count: number }>`select count(*) from run_change`.execute(db);
  expect(one.map(({ seq }) => seq)).toEqual(one.map((_, index) => index + 1));
  expect(one).toHaveLength(stored.rows[0]?.count ?? 0);
  expect(two).toEqual(one);
  const byRun = Map.groupBy(one, ({ runId }) => runId);
  for (const id of written.flat())
    expect(byRun.get(id)?.map(({ status }) => status)).toEqual(["QUEUED", "STARTING", "STARTED", "SUCCESS"]);
});

test("a reader that acts on changes acts on each once, however many replicas it runs in", async () => {
  await sql`create table seen (seq bigint primary key)`.execute(db);
  for (let run = 0; run < 10; run++) await launch();
  const consume = (trx: Trx, changes: readonly RunChange[]) =>
    sql`insert into seen select unnest(${changes.map(({ seq }) => seq)}::bigint[])`
      .execute(trx)
      .then(() => {});
  const drain = async () => {
    while (await consumeRunChanges(db, TEST_DEPLOYMENT, "retries", 3, consume));
  };

  const failing = consumeRunChanges(db, TEST_DEPLOYMENT, "retries", 3, async (trx, changes) => {
    await consume(trx, changes);
    throw new Error("not now");
  });
  await expect(failing).rejects.toThrow("not now");
  await Promise.all([drain(), drain(), drain()]);
  await launch();
  await drain();

  const { rows } = await sql<{ seq: number }>`select seq from seen order by seq`.execute(db);
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
});
