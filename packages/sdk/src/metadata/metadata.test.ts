import { expect, test } from "vitest";
import { metadata } from "./metadata.ts";
import { toMetadata } from "./to-metadata.ts";

interface Order {
  readonly id: number;
  readonly placedAt: Date;
  readonly note?: string;
  readonly tags: readonly string[];
}

test("rows of an interface make a table: dates and lists in its cells as text", () => {
  const orders: readonly Order[] = [
    { id: 1, placedAt: new Date("2026-01-01T00:00:00Z"), tags: ["new"] },
    { id: Number.NaN, placedAt: new Date(Number.NaN), note: "late", tags: [] },
  ];

  const { orders: table } = toMetadata({
    orders: metadata.table(orders, ["id", "placedAt", "note", "tags"]),
  });

  expect(table).toMatchObject({
    type: "table",
    records: [
      { id: 1, placedAt: "2026-01-01T00:00:00.000Z", tags: '["new"]' },
      { id: "NaN", placedAt: "Invalid Date", note: "late", tags: "[]" },
    ],
  });
});

test("what JSON has no word for is shown as a text, a map as an object, a set as a list", () => {
  const shown = toMetadata({
    load: () => 1,
    found: new Map([["a", new Set([1n])]]),
    ratio: metadata.float(Number.NaN),
    odd: metadata.json({ at: Infinity }),
  });

  expect(shown).toEqual({
    load: { type: "text", text: "a function" },
    found: { type: "json", json: { a: ["1"] } },
    ratio: { type: "text", text: "NaN" },
    odd: { type: "json", json: { at: "Infinity" } },
  });
});
