import { expect, test } from "vitest";
import { filterRows, levelOf, listTypes, tellWhyStopped, type LogRow } from "./log-model.ts";

const row = (position: number, fields: Partial<LogRow>): LogRow => ({
  position,
  attempt: 1,
  type: "LOG",
  timestamp: "2026-01-01T00:00:00Z",
  stepKey: null,
  level: null,
  message: "",
  event: {},
  ...fields,
});

const rows = [
  row(0, { type: "RUN_START", message: "Started" }),
  row(1, { level: "DEBUG", stepKey: "a", message: "reading" }),
  row(2, { level: "WARNING", stepKey: "a", message: "Slow disk" }),
  row(3, { type: "STEP_FAILURE", stepKey: "b", message: "boom" }),
];
const positions = (filter: Parameters<typeof filterRows>[1]): number[] =>
  filterRows(rows, filter).map((each) => each.position);

test("without a filter the same array comes back, so that nothing is copied", () => {
  expect(filterRows(rows, {})).toBe(rows);
});

test("filters narrow by step, type, least level and text, all at once", () => {
  expect(positions({ step: "a" })).toEqual([1, 2]);
  expect(positions({ type: "RUN_START" })).toEqual([0]);
  expect(positions({ level: "WARNING" })).toEqual([2, 3]);
  expect(positions({ text: "DISK" })).toEqual([2]);
  expect(positions({ level: "INFO", text: "a", step: "b" })).toEqual([3]);
});

test("events without a level of their own get one from what they tell", () => {
  expect(levelOf(row(0, { type: "STEP_FAILURE" }))).toBe("ERROR");
  expect(
    levelOf(row(0, { type: "ASSET_CHECK_EVALUATION", event: { passed: false, severity: "WARN" } })),
  ).toBe("WARNING");
  expect(levelOf(row(0, { type: "ASSET_CHECK_EVALUATION", event: { passed: true } }))).toBe("INFO");
});

test("types are listed once, as they came", () => {
  expect(listTypes(rows)).toEqual(["RUN_START", "LOG", "STEP_FAILURE"]);
});

test("a run that was stopped because it fails is not said to be canceled", () => {
  const message = "The run took longer than the 5 s it may";
  const overdue = row(0, { type: "RUN_CANCELING", message, event: { reason: "MAX_RUNTIME_EXCEEDED" } });
  const canceled = row(1, { type: "RUN_CANCELED", message: "The run was canceled" });
  const byUser = row(0, { type: "RUN_CANCELING", message: "The worker was asked to stop" });

  expect(tellWhyStopped(canceled, [overdue])).toMatchObject({
    type: "RUN_CANCELED",
    level: "ERROR",
    message: `The run failed: ${message}`,
  });
  expect(tellWhyStopped(canceled, [byUser])).toBe(canceled);
  expect(tellWhyStopped(overdue, [])).toBe(overdue);
});
