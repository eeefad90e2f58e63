import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { materialize } from "../testing/execute.ts";
import { jsonIoManager } from "./file-io-managers.ts";
import { explainCloneLoss, explainJsonLoss, listLosses } from "./list-losses.ts";

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  get euros(): number {
    return this.cents / 100;
  }
}

test("a class is lost in a test as it is in production, and the step's log says where", async () => {
  const wallet = asset("wallet", () => ({
    notes: [new Money(100)],
    at: new Date(0),
    by: new Map([["a", 1n]]),
  }));
  const report = asset("report", { deps: [wallet] }, (_context, { notes, at, by }) => [
    notes[0]?.euros,
    at,
    by,
  ]);

  const result = await materialize([wallet, report]);

  expect(result.value(report)).toEqual([undefined, new Date(0), new Map([["a", 1n]])]);
  expect(result.eventsOf("LOG")).toMatchObject([
    {
      level: "WARNING",
      message: expect.stringContaining("wallet holds will be there for who loads it: notes[0] is a Money"),
    },
  ]);
});

test("values of an asset with an IO manager of a format go through that format", async () => {
  const prices = asset("prices", { ioManager: jsonIoManager }, () => ({
    day: new Date(0),
    ratio: Number.NaN,
  }));

  const result = await materialize([prices]);

  expect(result.value(prices)).toEqual({ day: "1970-01-01T00:00:00.000Z", ratio: null });
  expect(result.eventsOf("LOG")[0]?.message).toContain(
    "day is a date: it comes back as a text; ratio is NaN",
  );
});

test("what one step does to a value, another one does not see", async () => {
  const rows = asset("rows", () => [3, 2, 1]);
  const emptied = asset("emptied", { deps: [rows] }, (_context, items) => items.splice(0));
  const first = asset("first", { deps: [rows], after: [emptied] }, (_context, items) => items[0]);

  expect((await materialize([rows, emptied, first])).value(first)).toBe(3);
});

test.each([
  [{ a: [new Date(Number.NaN)] }, "a[0] is an invalid date: it comes back as null"],
  [new Map(), "the value is a Map: it comes back as {}"],
  [{ run: () => 1 }, "run is a function: it is left out"],
  [[new Uint8Array(1)], "[0] is a typed array: it comes back as an object"],
  [new URL("https://a.example"), undefined],
  [{ a: { b: [1, "2", null, undefined] } }, undefined],
])("JSON of %o loses what is said", (value, loss) => {
  expect(listLosses(value, explainJsonLoss)[0]).toBe(loss);
});

test("a clone keeps what the language has, and a circle comes to an end", () => {
  const circle: Record<string, unknown> = {
    at: new Date(Number.NaN),
    bytes: Buffer.from("a"),
    error: new Error("x"),
  };
  circle["self"] = circle;

  expect(listLosses(circle, explainCloneLoss)).toEqual([]);
  expect(listLosses(Object.create(null), explainCloneLoss)).toEqual([]);
});
