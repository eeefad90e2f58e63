import { formatOutputMark } from "@millrace/model/output-marks";
import { expect, test } from "vitest";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { launchAndDequeue, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { putLogChunk } from "./log-store.ts";
import { findStepLogPage } from "./step-output.ts";

const { db } = await createTestDatabase();
const context = createTestContext(db);
await serveLocation(db, "shop", SHOP);

/** A run whose stdout holds what these steps wrote, in this order, stored in chunks of seven bytes. */
async function outputOf(...written: readonly (readonly [stepKey: string | null, text: string])[]) {
  const { id: runId } = await launchAndDequeue(db);
  let marks = "";
  let text = "";
  for (const [stepKey, part] of written) {
    marks += formatOutputMark({ stream: "stdout", offset: Buffer.byteLength(text), stepKey });
    text += part;
  }
  const put = async (stream: "stdout" | "marks", bytes: Buffer) => {
    for (let offset = 0; offset < bytes.length; offset += 7)
      await putLogChunk(context, {
        runId,
        attempt: 1,
        stream,
        offset,
        bytes: bytes.subarray(offset, offset + 7),
      });
  };
  await put("marks", Buffer.from(marks));
  await put("stdout", Buffer.from(text));
  return {
    size: Buffer.byteLength(text),
    put,
    read: (stepKey: string, fromByte = 0, maxBytes = 1_000_000) =>
      findStepLogPage(context, {
        deploymentId: TEST_DEPLOYMENT,
        runId,
        attempt: 1,
        stream: "stdout",
        stepKey,
        fromByte,
        maxBytes,
      }),
  };
}

test("a step's output is read without what others wrote between", async () => {
  const { read, size } = await outputOf(
    [null, "loading\n"],
    ["a", "a1\n"],
    ["b", "b1 is longer\n"],
    ["a", "a2 é\n"],
    [null, "over\n"],
  );

  expect(await read("a")).toEqual({ text: "a1\na2 é\n", fromByte: 8, nextByte: size, size });
  expect(await read("b")).toMatchObject({ text: "b1 is longer\n", nextByte: size });
  expect(await read("nobody")).toEqual({ text: "", fromByte: size, nextByte: size, size });
});

test("pages go on where the last one ended, without cutting characters", async () => {
  const parts = Array.from(
    { length: 20 },
    (_, index) => [index % 2 === 0 ? "a" : "b", `${index} añb€c😀d\n`] as const,
  );
  const { read, size } = await outputOf(...parts);

  let text = "";
  let from = 0;
  for (let page = await read("a", 0, 6); ; page = await read("a", from, 6)) {
    text += page.text;
    expect(page.nextByte).toBeGreaterThan(from);
    from = page.nextByte;
    if (from >= size) break;
  }
  expect(text).toBe(parts.flatMap(([step, part]) => (step === "a" ? [part] : [])).join(""));
});

test("output that arrives while one reads is read on from where one was", async () => {
  const { read, put, size } = await outputOf(["a", "first\n"]);
  expect(await read("a")).toMatchObject({ text: "first\n", nextByte: size });

  await put("stdout", Buffer.from("first\nsecond\n"));

  expect(await read("a", size)).toMatchObject({ text: "second\n", nextByte: 13, size: 13 });
});

test("a run without marks has no output of steps", async () => {
  const { put, read } = await outputOf();
  await put("stdout", Buffer.from("from an older worker\n"));

  expect(await read("a")).toMatchObject({ text: "", nextByte: 21, size: 21 });
});
