import { expect, test } from "vitest";
import { PLAIN, parseAnsiLine } from "./ansi.ts";

const ESC = "\u001b";

test("colours and weight apply until they are reset", () => {
  const { spans, style } = parseAnsiLine(`a${ESC}[1;31mred${ESC}[0m plain`, PLAIN);

  expect(spans).toEqual([
    { text: "a", style: PLAIN },
    { text: "red", style: { ...PLAIN, bold: true, color: "1" } },
    { text: " plain", style: PLAIN },
  ]);
  expect(style).toEqual(PLAIN);
});

test("a style that a line leaves open goes on in the next", () => {
  const first = parseAnsiLine(`${ESC}[92mgreen`, PLAIN);

  expect(parseAnsiLine("still", first.style).spans).toEqual([
    { text: "still", style: { ...PLAIN, color: "10" } },
  ]);
});

test("palette and true colours", () => {
  const { spans } = parseAnsiLine(`${ESC}[38;5;196mA${ESC}[48;2;1;2;3mB${ESC}[38;5;244mC`, PLAIN);

  expect(spans.map((span) => [span.style.color, span.style.background])).toEqual([
    ["#ff0000", null],
    ["#ff0000", "#010203"],
    ["#808080", "#010203"],
  ]);
});

test("a progress bar shows its last state", () => {
  expect(parseAnsiLine("10 %\r50 %\r100 %\r", PLAIN).spans).toEqual([{ text: "100 %", style: PLAIN }]);
});

test("cursor movements, titles and links leave no trace", () => {
  const { spans } = parseAnsiLine(`${ESC}[2K${ESC}]0;title\u0007${ESC}[1Ahello`, PLAIN);

  expect(spans).toEqual([{ text: "hello", style: PLAIN }]);
});
