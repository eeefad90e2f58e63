import { expect, test } from "vitest";
import { describeEvent } from "./describe-event.ts";

const failed = {
  type: "STEP_FAILURE",
  stepKey: "load",
  timestamp: Date.UTC(2026, 2, 1),
  message: "",
  error: { name: "Failure", message: "The file is empty", stack: null, cause: null },
} as const;

test("a step that failed says its error, and what its Failure said beside", () => {
  const text = describeEvent(
    {
      ...failed,
      metadata: {
        path: { type: "path", path: "/in/orders.csv" },
        rows: { type: "int", value: 0 },
        seen: { type: "timestamp", timestamp: 1_772_323_200 },
        preview: { type: "table", records: [{ id: 1 }], columns: [{ name: "id", type: "int" }], leftOut: 4 },
        raw: { type: "json", json: { a: [1] } },
        note: { type: "md", md: "x".repeat(300) },
        odd: { type: "text", text: "two\nlines\u001B[2J" },
      },
    },
    new Map(),
    false,
  );

  expect(text?.split("\n").slice(1)).toEqual([
    "    The file is empty",
    "      path: /in/orders.csv",
    "      rows: 0",
    "      seen: 2026-03-01T00:00:00.000Z",
    "      preview: 5 rows of id",
    '      raw: {"a":[1]}',
    `      note: ${"x".repeat(200)}… (300 characters)`,
    "      odd: two\\nlines\\x1b[2J",
  ]);
});

test("without metadata it says the error alone", () => {
  expect(describeEvent({ ...failed, metadata: {} }, new Map(), false)).toMatch(
    /load\n {4}The file is empty$/,
  );
});
