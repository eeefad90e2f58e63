import { sql } from "kysely";
import { expect, test } from "vitest";
import { tickOnce } from "../daemons/tick-once.ts";
import { retentionDaemon } from "../retention/retention-daemon.ts";
import { createMemoryLogStorage } from "../testing/memory-log-storage.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { launchAndDequeue, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { findLogPage, putLogChunk } from "./log-store.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);

async function printed(...chunks: readonly string[]) {
  const logs = createMemoryLogStorage();
  const context = createTestContext(db, { logs });
  const { id: runId } = await launchAndDequeue(db);
  let offset = 0;
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    await putLogChunk(context, { runId, attempt: 1, stream: "stdout", offset, bytes });
    offset += bytes.length;
  }
  return {
    runId,
    logs,
    stored: async () => (await logs.list(runId)).length,
    retain: () => tickOnce({ daemon: retentionDaemon, deploymentId: TEST_DEPLOYMENT }, context, "replica"),
    read: () =>
      findLogPage(context, {
        deploymentId: TEST_DEPLOYMENT,
        runId,
        attempt: 1,
        stream: "stdout",
        fromByte: 0,
        maxBytes: 100,
      }),
  };
}

test("the database holds no byte of output, only where it is", async () => {
  const { runId } = await printed("two\nlines\n");

  expect(await db.selectFrom("log_chunk").selectAll().where("run_id", "=", runId).execute()).toMatchObject([
    { stream: "stdout", byte_offset: 0, byte_length: 10, line_count: 2, bytes: null },
  ]);
});

test("with a run that is deleted go the objects of its output, also those that nothing tells of", async () => {
  const { runId, logs, stored, retain } = await printed("a", "b");
  await logs.put(`${runId}/1/stdout/000000000000002-1-untold`, Buffer.from("c"));
  await sql`delete from run where id = ${runId}`.execute(db);

  expect(await retain()).toMatchObject({ error: null });
  expect(await stored()).toBe(0);
  expect(await db.selectFrom("log_sweep").selectAll().execute()).toEqual([]);
});

test("output goes when it is old, from its beginning on; the rest can be read", async () => {
  const { runId, stored, retain, read } = await printed("old\n", "new\n");
  await sql`update log_chunk set stored_at = now() - interval '31 days' where run_id = ${runId} and byte_offset = 0`.execute(
    db,
  );

  expect(await retain()).toMatchObject({ error: null });
  expect(await stored()).toBe(1);
  expect(await read()).toEqual({ text: "new\n", fromByte: 4, nextByte: 8, size: 8 });
});

test("output that was stored before there was a log storage is read where it is", async () => {
  const { runId, read } = await printed();
  await sql`insert into log_chunk (run_id, attempt, stream, byte_offset, byte_length, bytes, deployment_id)
    values (${runId}, 1, 'stdout', 0, 7, convert_to('before' || chr(10), 'UTF8'), ${TEST_DEPLOYMENT})`.execute(
    db,
  );

  expect(await read()).toMatchObject({ text: "before\n", size: 7 });
});
