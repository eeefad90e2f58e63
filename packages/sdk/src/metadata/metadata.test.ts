import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { materializeResult } from "../assets/asset-result.ts";
import { checkSpec } from "../assets/check-spec.ts";
import { job } from "../jobs/job.ts";
import { materialize } from "../testing/execute.ts";
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

test("a function as metadata of a definition is refused, naming it and where it was written", () => {
  const load = () => 1;
  const places = /metadata\.test\.ts:\d+\): metadata "load" is a function, which nobody calls/;

  expect(() => asset("orders", { metadata: { load } }, () => 1)).toThrow(places);
  expect(() => job("nightly", { selection: "*", metadata: { load } })).toThrow(places);
});

test("a function as metadata of what a step made is warned about in its log", async () => {
  const load = () => 1;
  const orders = asset("orders", { checks: [checkSpec("valid")] }, (context) => {
    context.addOutputMetadata({ count: load });
    return materializeResult({
      value: 1,
      metadata: { load, rows: 2 },
      checks: { valid: { passed: true, metadata: { load } } },
    });
  });

  const result = await materialize([orders]);

  const warnings = result.eventsOf("LOG").filter(({ level }) => level === "WARNING");
  expect(warnings.map(({ message }) => message)).toEqual([
    'Metadata "count" of asset orders is a function, which nobody calls: give what it returns',
    'Metadata "load" of asset orders is a function, which nobody calls: give what it returns',
    'Metadata "load" of check valid of orders is a function, which nobody calls: give what it returns',
  ]);
});
