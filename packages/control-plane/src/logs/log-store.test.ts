import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { RunNotFound } from "../runs/run-errors.ts";
import { launchAndDequeue, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { findLogPage, LogOutOfOrder, noteLogChunk, putLogChunk } from "./log-store.ts";

const { db } = await createTestDatabase();
const context = createTestContext(db);
await serveLocation(db, "shop", SHOP);

async function stream() {
  const { id: runId } = await launchAndDequeue(db);
  const at = { deploymentId: TEST_DEPLOYMENT, runId, attempt: 1, stream: "stdout" as const };
  return {
    ...at,
    put: (offset: number, text: string | Buffer) =>
      putLogChunk(context, { ...at, offset, bytes: Buffer.from(text) }),
    read: (fromByte: number, maxBytes: number) => findLogPage(context, { ...at, fromByte, maxBytes }),
    readAll: async () => (await findLogPage(context, { ...at, fromByte: 0, maxBytes: 100_000_000 })).text,
  };
}

describe("storing", () => {
  test("chunks are put together in order", async () => {
    const log = await stream();

    expect(await log.put(0, "hello ")).toEqual({ nextOffset: 6, directive: "CONTINUE" });
    expect(await log.put(6, "world\n")).toEqual({ nextOffset: 12, directive: "CONTINUE" });
    expect(await log.readAll()).toBe("hello world\n");
  });

  test("a chunk that comes again, and one that was cut differently, store only what is new", async () => {
    const log = await stream();
    await log.put(0, "hello ");

    expect((await log.put(0, "hello ")).nextOffset).toBe(6);
    expect((await log.put(2, "llo wor")).nextOffset).toBe(9);
    expect((await log.put(0, "he")).nextOffset).toBe(9);
    expect((await log.put(9, "")).nextOffset).toBe(9);
    expect(await log.readAll()).toBe("hello wor");
  });

  test("a gap is refused with the byte to go on with", async () => {
    const log = await stream();
    await log.put(0, "abc");

    await expect(log.put(4, "e")).rejects.toThrow(LogOutOfOrder);
    await expect(log.put(4, "e")).rejects.toMatchObject({ code: "log_out_of_order", expected: 3 });
    await expect(log.put(4, "")).rejects.toThrow(LogOutOfOrder);
  });

  test("many senders of overlapping chunks at once store every byte once", async () => {
    const log = await stream();
    const text = Array.from({ length: 200 }, (_, index) => `line ${index}\n`).join("");

    await Promise.allSettled(
      Array.from({ length: 40 }, (_, sender) =>
        log.put(sender * 31, text.slice(sender * 31, sender * 31 + 90)),
      ),
    );
    await log.put(0, text);

    expect(await log.readAll()).toBe(text);
  });

  test("the streams and attempts do not mix", async () => {
    const log = await stream();
    await log.put(0, "out");
    await putLogChunk(context, {
      runId: log.runId,
      attempt: 1,
      stream: "stderr",
      offset: 0,
      bytes: Buffer.from("err"),
    });

    expect(await log.readAll()).toBe("out");
    expect(
      (
        await findLogPage(context, {
          deploymentId: TEST_DEPLOYMENT,
          runId: log.runId,
          attempt: 1,
          stream: "stderr",
          fromByte: 0,
          maxBytes: 9,
        })
      ).text,
    ).toBe("err");
  });

  test("a superseded attempt is told so and stores nothing", async () => {
    const log = await stream();
    await db.updateTable("run").set({ attempt: 2 }).where("id", "=", log.runId).execute();

    expect(await log.put(0, "late")).toEqual({ nextOffset: 0, directive: "SUPERSEDED" });
    expect(await log.readAll()).toBe("");
  });

  test("an unknown run is not found", async () => {
    const chunk = { attempt: 1, stream: "stdout", offset: 0, bytes: Buffer.from("x") } as const;

    await expect(putLogChunk(context, { ...chunk, runId: randomUUID() })).rejects.toThrow(RunNotFound);
    await expect(putLogChunk(context, { ...chunk, runId: "no-id" })).rejects.toThrow(RunNotFound);
  });
});

test("of output that is elsewhere the size is known, whatever comes twice; there is nothing to read here", async () => {
  const { runId, attempt, read } = await stream();
  const note = (offset: number, length: number) =>
    noteLogChunk(db, {
      runId,
      attempt,
      stream: "stdout",
      offset,
      length,
      lineCount: 0,
      place: "s3://private/team",
      link: null,
    });

  expect(await note(0, 0)).toEqual({ nextOffset: 0, directive: "CONTINUE" });
  expect((await note(0, 10)).nextOffset).toBe(10);
  expect((await note(0, 0)).nextOffset).toBe(10);
  expect((await note(4, 20)).nextOffset).toBe(24);
  await expect(note(25, 0)).rejects.toMatchObject({ code: "log_out_of_order", expected: 24 });
  expect(await read(0, 100)).toEqual({ text: "", fromByte: 24, nextByte: 24, size: 24 });
});

describe("reading", () => {
  test("pages by byte go on where the last one ended, across chunks and without cutting characters", async () => {
    const log = await stream();
    const bytes = Buffer.from("añb€c😀d".repeat(20));
    for (let at = 0; at < bytes.length; at += 7) await log.put(at, bytes.subarray(at, at + 7));

    let text = "";
    let from = 0;
    while (from < bytes.length - 4) {
      const page = await log.read(from, 5);
      expect(page).toMatchObject({ fromByte: from, size: bytes.length });
      text += page.text;
      from = page.nextByte;
    }
    expect(text + (await log.read(from, 100)).text).toBe(bytes.toString());
  });

  test("a character of which only a part was written yet is not shown until it is whole", async () => {
    const log = await stream();
    await log.put(0, Buffer.from("a€").subarray(0, 3));

    expect(await log.read(0, 100)).toEqual({ text: "a", fromByte: 0, nextByte: 1, size: 3 });

    await log.put(3, Buffer.from("€").subarray(2));
    expect(await log.read(1, 100)).toEqual({ text: "€", fromByte: 1, nextByte: 4, size: 4 });
  });

  test("beyond the end there is nothing, and one can go on from there", async () => {
    const log = await stream();
    expect(await log.read(0, 10)).toEqual({ text: "", fromByte: 0, nextByte: 0, size: 0 });
    await log.put(0, "abc");

    expect(await log.read(3, 10)).toEqual({ text: "", fromByte: 3, nextByte: 3, size: 3 });
    expect(await log.read(99, 10)).toEqual({ text: "", fromByte: 3, nextByte: 3, size: 3 });
  });

  test("a line of 20 MB", async () => {
    const log = await stream();
    const line = Buffer.from(randomBytes(10 * 1024 * 1024).toString("hex"));
    for (let at = 0; at < line.length; at += 262_144) await log.put(at, line.subarray(at, at + 262_144));

    const page = await log.read(15_000_001, 262_144);
    expect(page).toMatchObject({ fromByte: 15_000_001, nextByte: 15_262_145, size: 20 * 1024 * 1024 });
    expect(page.text).toBe(line.toString("latin1", 15_000_001, 15_262_145));
  });
});
