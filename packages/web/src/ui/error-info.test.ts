import { expect, test } from "vitest";
import { readErrorInfo, rootCause, stackFrames } from "./error-info.ts";

test("an error is read with its causes, and its last cause is found", () => {
  const error = readErrorInfo({
    name: "StepFailed",
    message: "a",
    stack: null,
    cause: { name: "E", message: "disk full" },
  });

  expect(error && rootCause(error)).toEqual({ name: "E", message: "disk full", stack: null, cause: null });
});

test("an error of an unknown shape still says something", () => {
  expect(readErrorInfo("boom")?.message).toBe("boom");
  expect(readErrorInfo({ reason: 4 })?.message).toBe("{reason: 4}");
  expect(readErrorInfo(null)).toBeNull();
});

test("a stack is shown without the message it repeats", () => {
  expect(stackFrames("Error: a\nb\n    at f (x.ts:1:2)\n    at g (y.ts:3:4)")).toBe(
    "at f (x.ts:1:2)\nat g (y.ts:3:4)",
  );
});
