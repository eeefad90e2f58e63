import { expect, test } from "vitest";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { launchAndDequeue, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { putLogChunk } from "./log-store.ts";
import { searchLog, type LogMatch } from "./search-log.ts";

const { db } = await createTestDatabase();
const context = createTestContext(db);
await serveLocation(db, "shop", SHOP);

/** A run that has printed this, stored in chunks of so many bytes. */
async function printed(output: string, chunkBytes: number) {
  const { id: runId } = await launchAndDequeue(db);
  const bytes = Buffer.from(output);
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    const chunk = bytes.subarray(offset, offset + chunkBytes);
    await putLogChunk(context, { runId, attempt: 1, stream: "stdout", offset, bytes: chunk });
  }
  const log = { deploymentId: TEST_DEPLOYMENT, runId, attempt: 1, stream: "stdout" as const };
  return {
    size: bytes.length,
    search: (text: string, fromByte = 0, maxMatches = 100) =>
      searchLog(context, { ...log, text, fromByte, maxMatches }),
  };
}

test("lines are found across chunks, whatever the case and the colours in them, with their numbers", async () => {
  const { search, size } = await printed("one\ntwo Err\u001b[31mor\u001b[0m\n\nERROR é\nlast", 7);

  expect(await search("error")).toEqual({
    matches: [
      { fromByte: 4, lineNumber: 2, text: "two Error" },
      { fromByte: 24, lineNumber: 4, text: "ERROR é" },
    ],
    nextByte: size,
    size,
  });
  expect((await search("LAST")).matches).toMatchObject([{ lineNumber: 5 }]);
  expect((await search("nothing")).matches).toEqual([]);
});

test("a search goes on where it has ended, and finds each line once", async () => {
  const { search, size } = await printed("a hit\nmiss\n".repeat(50), 13);

  const found: LogMatch[] = [];
  for (let next = 0; next < size;) {
    const page = await search("hit", next, 7);
    expect(page.matches.length).toBeLessThanOrEqual(7);
    expect(page.nextByte).toBeGreaterThan(next);
    found.push(...page.matches);
    next = page.nextByte;
  }
  expect(found.map(({ lineNumber }) => lineNumber)).toEqual(
    Array.from({ length: 50 }, (_, index) => 2 * index + 1),
  );
});

test("one request looks through a bounded part, and a line without an end is looked through too", async () => {
  const { search, size } = await printed(`${"x".repeat(17 * 1024 * 1024)}needle\n`, 4 * 1024 * 1024);

  const first = await search("needle");
  expect(first).toEqual({ matches: [], nextByte: 16 * 1024 * 1024, size });
  const [match] = (await search("needle", first.nextByte)).matches;
  expect(match?.text).toContain("needle");
  expect(match?.text.length).toBeLessThanOrEqual(1_000);
});
