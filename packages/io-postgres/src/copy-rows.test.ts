import type { FilledColumn, RowBatch } from "millrace/tables";
import { expect, test } from "vitest";
import { readRows, writeRows } from "./copy-rows.ts";

const column = (name: string, type: string): FilledColumn => ({
  name,
  spellings: [name],
  kind: "text",
  type,
});
const columns = [column("id", "integer"), column("text", "text")];

async function* batchOf(rows: RowBatch["rows"]): AsyncGenerator<RowBatch> {
  yield { rows, offset: 0, columns };
}

test("rows leave in pieces, whatever their batch comes to: no text is longer than a row", async () => {
  const text = "x".repeat(1_000_000);
  const rows = Array.from({ length: 50 }, (_, id) => ({ id, text }));

  const sizes: number[] = [];
  for await (const piece of writeRows("rows", batchOf(rows))) sizes.push(piece.length);

  expect(sizes).toHaveLength(50);
  expect(Math.max(...sizes)).toBeLessThan(1_000_100);
});

test("any text goes out and comes back, however the pieces are cut", async () => {
  const texts = ["", "\\N", "a\tb\nc\rd\\e", "\\n", "ä€😀", "\u0001\b\f\v", '{"a":"\\\\"}'];
  const rows = texts.map((text, id) => ({ id, text }));
  const whole: Buffer[] = [];
  for await (const piece of writeRows("rows", batchOf(rows))) whole.push(piece);
  const bytes = Buffer.concat(whole);
  const readers = [
    { name: "id", read: Number },
    { name: "text", read: (text: string) => text },
  ];

  for (const size of [1, 2, 3, 7, bytes.length]) {
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
    }
    const read: unknown[] = [];
    for await (const batch of readRows(pieces(), readers)) read.push(...batch);
    expect(read).toEqual(rows);
  }
});
