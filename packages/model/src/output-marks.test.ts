import { expect, test } from "vitest";
import { formatOutputMark, listStepSpans, parseOutputMarks, type OutputMark } from "./output-marks.ts";

const mark = (offset: number, stepKey: string | null): OutputMark => ({ stream: "stdout", offset, stepKey });

test("a mark is read as it was written, whatever the step is called", () => {
  const marks = [mark(0, "load"), mark(12, null), mark(9_000_000_000, "copies[a b].résumé")];

  expect(parseOutputMarks(marks.map(formatOutputMark).join(""), "stdout")).toEqual(marks);
});

test("marks of the other stream, half a line and rubbish are passed over", () => {
  const text = "stderr 1 a\nstdout 5 b\nnonsense\n\nstdout 7";

  expect(parseOutputMarks(text, "stdout")).toEqual([mark(5, "b")]);
  expect(parseOutputMarks(text, "stderr")).toEqual([{ stream: "stderr", offset: 1, stepKey: "a" }]);
});

test("a step's output lasts until the next mark, the last one to the end of what is there", () => {
  const marks = [mark(0, "a"), mark(10, "b"), mark(15, "a")];

  expect(listStepSpans(marks, "a", 30)).toEqual([
    { start: 0, end: 10 },
    { start: 15, end: 30 },
  ]);
  expect(listStepSpans(marks, "a", 12)).toEqual([{ start: 0, end: 10 }]);
  expect(listStepSpans(marks, "c", 30)).toEqual([]);
});

test("marks of several processes count in any order, and a step's name outdoes the end of another's output", () => {
  const marks = [mark(20, "b"), mark(0, "a"), mark(10, "b"), mark(20, null), mark(30, null)];

  expect(listStepSpans(marks, "a", 40)).toEqual([{ start: 0, end: 10 }]);
  expect(listStepSpans(marks, "b", 40)).toEqual([{ start: 10, end: 30 }]);
});
