import { fileURLToPath } from "node:url";
import type { ErrorInfo } from "@millrace/model/run-event";
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

const OWN = fileURLToPath(new URL("../../../sdk/src/io/file-io-managers.ts", import.meta.url));
const shownOf = (error: ErrorInfo) =>
  describeEvent({ ...failed, error, metadata: {} }, new Map(), false)
    ?.split("\n")
    .slice(1);
const errorOf = (text: string, calls: readonly string[], more: Partial<ErrorInfo> = {}): ErrorInfo => ({
  name: "Error",
  message: text,
  stack: [`Error: ${text}`, ...calls.map((call) => `    at ${call}`)].join("\n"),
  cause: null,
  ...more,
});

test("of the calls that led to an error those below the author's code are left out", () => {
  const calls = [
    "parse (/shop/orders.ts:4:1)",
    `map (${OWN}:2:2)`,
    "/shop/orders.ts:9:9",
    `async f (${OWN}:3:3)`,
    `g (${OWN}:1:1)`,
  ];
  expect(shownOf(errorOf("Bad row", calls))).toEqual([
    "    Error: Bad row",
    "        at parse (/shop/orders.ts:4:1)",
    `        at map (${OWN}:2:2)`,
    "        at /shop/orders.ts:9:9",
  ]);
  const installed = "h (/shop/node_modules/millrace/src/a.ts:1:1)";
  expect(shownOf(errorOf("Bad row", ["/shop/orders.ts:9:9", installed]))).toHaveLength(2);
});

test("an error that Millrace expects says what helps; of a fault of Millrace's all calls are shown", () => {
  const calls = [`f (${OWN}:3:3)`, `async g (${OWN}:1:1)`];
  const cause = errorOf("ENOENT: no such file, stat '/x/a.v8'", ["statSync (node:fs:1794:25)", ...calls], {
    code: "ENOENT",
    fields: { errno: "-2", syscall: "stat", path: "/x/a.v8", dest: "/y" },
  });
  expect(
    shownOf(errorOf('asset "a" has no stored value', calls, { code: "value_not_stored", cause })),
  ).toEqual([
    '    Error: asset "a" has no stored value',
    "    Caused by: Error: ENOENT: no such file, stat '/x/a.v8'",
    "      dest: /y",
  ]);
  expect(shownOf(errorOf("x is undefined", calls))).toHaveLength(3);
});
