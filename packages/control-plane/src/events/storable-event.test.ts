import { describe, expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { parseRunEvent } from "@millrace/model/parse-run-event";
import { toStorableEvent } from "./storable-event.ts";

const log = (message: string): RunEvent => ({
  type: "LOG",
  timestamp: 1,
  message,
  stepKey: null,
  level: "INFO",
});
const LIMIT = 100_000;

describe("an ordinary event", () => {
  test.each(["", "plain", "é€😀", 'C:\\u0000 "quoted"', "\n\t"])("is stored as it is: %j", (message) => {
    const event = log(message);

    const stored = toStorableEvent(event);

    expect(stored.event).toEqual(event);
    expect(JSON.parse(stored.json)).toEqual(event);
  });
});

describe("characters that the database can't store", () => {
  test("become U+FFFD, wherever they stand", () => {
    const event = { ...log("a\0b"), extra: { "k\0": ["\udfff", { deep: "\ud83d" }] } };

    expect(toStorableEvent(event).event).toEqual({
      ...log("a\uFFFDb"),
      extra: { "k\uFFFD": ["\uFFFD", { deep: "\uFFFD" }] },
    });
  });
});

describe("an oversized event", () => {
  test("loses the ends of long texts and says so", () => {
    const { event, json } = toStorableEvent(log("x".repeat(300_000)), LIMIT);

    expect(Buffer.byteLength(json)).toBeLessThan(LIMIT);
    expect(event.message).toMatch(/^x{16384}… \(283616 more characters\)$/);
    expect(event).toMatchObject({ level: "INFO", truncatedBytes: expect.any(Number) });
  });

  test("keeps small metadata and names what was left out", () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => ({ index }));
    const event = {
      ...log("m"),
      type: "ASSET_MATERIALIZATION",
      stepKey: "a",
      assetKey: "a",
      partition: null,
      tags: {},
      dataVersion: null,
      metadata: {
        count: { type: "int", value: 20_000 },
        preview: { type: "table", columns: [], records: rows },
      },
    } as RunEvent;

    const stored = toStorableEvent(event, LIMIT);

    expect(Buffer.byteLength(stored.json)).toBeLessThan(LIMIT);
    expect(stored.event).toMatchObject({
      assetKey: "a",
      metadata: {
        count: { type: "int", value: 20_000 },
        preview: { type: "table", records: expect.arrayContaining([{ index: 0 }, { index: 99 }]) },
      },
    });
    const { metadata } = JSON.parse(stored.json) as {
      readonly metadata: { readonly preview: { readonly records: unknown[]; readonly leftOut: number } };
    };
    expect(metadata.preview.records.length + metadata.preview.leftOut).toBe(20_000);
  });

  test("of any shape becomes small enough and stays what it is", () => {
    const huge = { ...log("m"), stepKeys: [], nested: Array.from({ length: 100_000 }, () => [1, [2]]) };

    const stored = toStorableEvent(huge, LIMIT);

    expect(Buffer.byteLength(stored.json)).toBeLessThan(LIMIT);
    expect(() => parseRunEvent(stored.event)).not.toThrow();
    expect(stored.event).toMatchObject({ type: "LOG", message: "m" });
  });
});
