import { expect, test } from "vitest";
import { parseErrorInfo, rootCause, stackFrames } from "./error-info.ts";

test("an error is read with its causes, and its last cause is found", () => {
  const error = parseErrorInfo({
    name: "StepFailed",
    message: "a",
    stack: null,
    cause: { name: "E", message: "disk full" },
  });

  expect(error && rootCause(error)).toEqual({ name: "E", message: "disk full", stack: null, cause: null });
});

test("an error of an unknown shape still says something", () => {
  expect(parseErrorInfo("boom")?.message).toBe("boom");
  expect(parseErrorInfo({ reason: 4 })?.message).toBe('{"reason":4}');
  expect(parseErrorInfo(null)).toBeNull();
});

test("a stack is shown without the message it repeats", () => {
  expect(stackFrames("Error: a\nb\n    at f (x.ts:1:2)\n    at g (y.ts:3:4)")).toBe(
    "at f (x.ts:1:2)\nat g (y.ts:3:4)",
  );
});
