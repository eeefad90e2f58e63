import { expect, test } from "vitest";
import { OutputLines } from "./output-lines.ts";

const texts = (output: OutputLines): string[] => output.lines.map((line) => line.text);

test("lines come out whole, however the output was cut", () => {
  const output = new OutputLines();

  for (const piece of ["ab", "c\nd", "", "e\n", "\nf"]) output.append(piece);

  expect(texts(output)).toEqual(["abc", "de", "", "f"]);
});

test("an unfinished line shows at once and grows", () => {
  const output = new OutputLines();
  output.append("10");
  expect(texts(output)).toEqual(["10"]);

  output.append(" %\n");

  expect(texts(output)).toEqual(["10 %"]);
});

test("a colour that a line leaves on reaches the next lines", () => {
  const output = new OutputLines();
  output.append("\u001b[31mred\nstill red\u001b[0m\nplain\n");

  expect(output.lines.map((line) => line.style.color)).toEqual([null, "1", null]);
});

test("a line without an end is broken into pieces", () => {
  const output = new OutputLines();
  output.append("x".repeat(20_000));

  expect(texts(output).map((text) => text.length)).toEqual([8_192, 8_192, 3_616]);
});
