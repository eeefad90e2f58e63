import { expect, test } from "vitest";
import { toMetadata } from "../metadata/to-metadata.ts";
import { parsePipesMessage } from "./pipes-message.ts";

function message(method: string, params: unknown): ReturnType<typeof parsePipesMessage> {
  return parsePipesMessage(JSON.stringify({ __dagster_pipes_version: "0.1", method, params }));
}

test.each([
  ["__infer__", "text", { type: "text", text: "text" }],
  ["__infer__", 7, { type: "int", value: 7 }],
  ["__infer__", 0.5, { type: "float", value: 0.5 }],
  ["__infer__", true, { type: "bool", value: true }],
  ["__infer__", null, { type: "null" }],
  ["__infer__", [1, { a: 2 }], { type: "json", json: [1, { a: 2 }] }],
  ["text", "t", { type: "text", text: "t" }],
  ["url", "https://a.example", { type: "url", url: "https://a.example" }],
  ["path", "/a", { type: "path", path: "/a" }],
  ["notebook", "/a.ipynb", { type: "notebook", path: "/a.ipynb" }],
  ["json", { a: 1 }, { type: "json", json: { a: 1 } }],
  ["md", "**a**", { type: "md", md: "**a**" }],
  ["float", 3, { type: "float", value: 3 }],
  ["int", 3, { type: "int", value: 3 }],
  ["bool", false, { type: "bool", value: false }],
  ["null", null, { type: "null" }],
  ["timestamp", 1.5, { type: "timestamp", timestamp: 1.5 }],
  // Nanoseconds, as pandas counts them.
  ["timestamp", 1.796e18, { type: "unknown", originalType: "timestamp", json: 1.796e18 }],
  ["dagster_run", "id", { type: "dagster_run", runId: "id" }],
  ["asset", "a/b\\/c", { type: "asset", assetKey: "a/b\\/c" }],
  [
    "table",
    { records: [{ a: 1, b: [2] }], schema: [{ name: "a", type: "int" }, "b"] },
    {
      type: "table",
      records: [{ a: 1, b: "[2]" }],
      columns: [
        { name: "a", type: "int" },
        { name: "b", type: "string" },
      ],
    },
  ],
  [
    "table_schema",
    {
      columns: [
        { name: "a", type: "int", description: "d", tags: { pii: "no" }, constraints: { nullable: false } },
      ],
    },
    {
      type: "table_schema",
      columns: [{ name: "a", type: "int", description: "d", tags: { pii: "no" }, nullable: false }],
    },
  ],
  [
    "table_column_lineage",
    { deps_by_column: { total: [{ asset_key: "raw/orders", column_name: "price" }] } },
    { type: "column_lineage", columns: { total: [{ assetKey: "raw/orders", column: "price" }] } },
  ],
  ["int", "much", { type: "unknown", originalType: "int", json: "much" }],
  ["hologram", [1], { type: "unknown", originalType: "hologram", json: [1] }],
])("metadata of type %s with the raw value %j", (type, raw, expected) => {
  const report = message("report_asset_materialization", {
    asset_key: "orders",
    data_version: null,
    metadata: { it: { raw_value: raw, type } },
  });

  expect("metadata" in report ? toMetadata(report.metadata) : report).toEqual({ it: expected });
});

test("metadata without types, as a hand-written script sends it, is inferred", () => {
  const report = message("report_asset_materialization", {
    asset_key: "a",
    metadata: { rows: 7, a: { b: 1 } },
  });

  expect("metadata" in report ? toMetadata(report.metadata) : report).toEqual({
    rows: { type: "int", value: 7 },
    a: { type: "json", json: { b: 1 } },
  });
});

test("numbers that JSON has not, but Python writes, become text and leave other text alone", () => {
  const line = `{"__dagster_pipes_version": "0.1", "method": "report_custom_message", "params": {"payload": [NaN, -Infinity, "NaN \\" NaN", {"NaN": Infinity}]}}`;

  expect(parsePipesMessage(line)).toEqual({
    method: "report_custom_message",
    payload: ["NaN", "-Infinity", 'NaN " NaN', { NaN: "Infinity" }],
  });
});

test.each([
  ["DEBUG", "debug"],
  ["warn", "warning"],
  ["WARNING", "warning"],
  ["CRITICAL", "critical"],
  ["LOUD", "info"],
])("the level %s is our %s", (level, ours) => {
  expect(message("log", { level, message: "m" })).toEqual({ method: "log", level: ours, message: "m" });
});

test("an exception keeps its name, its calls with the newest first, and what caused it", () => {
  const cause = { name: "KeyError", message: "KeyError: 'a'\n", stack: [], cause: null, context: null };
  const closed = message("closed", {
    exception: {
      name: "ValueError",
      message: "ValueError: bad\n",
      stack: [
        '  File "a.py", line 9, in <module>\n    main()\n',
        '  File "a.py", line 3, in main\n    fail()\n',
      ],
      cause: null,
      context: cause,
    },
  });

  const exception = "exception" in closed ? closed.exception : null;
  expect(exception).toMatchObject({
    name: "ValueError",
    message: "bad",
    cause: { name: "KeyError", message: "'a'" },
  });
  expect(exception?.stack).toBe(
    'ValueError: bad\n  File "a.py", line 3, in main\n    fail()\n  File "a.py", line 9, in <module>\n    main()',
  );
});
