import { expect, test } from "vitest";
import { describeEvent } from "./describe-event.ts";
import { toPrintable, toPrintableItem, toPrintableLine } from "./printable.ts";
import { formatTable } from "./style.ts";

test.each([
  ["\u001B]52;c;ZXZpbA==\u0007", "\\x1b]52;c;ZXZpbA==\\x07"], // Sets the clipboard.
  ["\u001B]0;title\u001B\\", "\\x1b]0;title\\x1b\\"],
  ["\u001B[2J\u001B[1;1H", "\\x1b[2J\\x1b[1;1H"],
  ["a\u202Eb\u2066", "a\\u202eb\\u2066"],
  ["\u009B2J", "\\x9b2J"],
  ["50%\r100%", "50%\\x0d100%"],
  ["\u001B[1;31mred\u001B[0m\ttab\r\nnext", "\u001B[1;31mred\u001B[0m\ttab\nnext"],
  ["plain · ünïcode 漢 😀", "plain · ünïcode 漢 😀"],
])("%j is shown as %j", (text, shown) => expect(toPrintable(text)).toBe(shown));

test("no line of a text passes for a line of ours", () => {
  const forged = "done\n12:00:00.000 SUCCESS";
  const event = { type: "LOG", timestamp: 0, stepKey: null, level: "INFO", message: forged } as const;

  expect(toPrintableItem(forged)).toBe("done\n    12:00:00.000 SUCCESS");
  expect(toPrintableLine(forged)).toBe("done\\n12:00:00.000 SUCCESS");
  expect(describeEvent(event, new Map(), false)?.split("\n")[1]).toBe("    12:00:00.000 SUCCESS");
  expect(formatTable(["ASSET"], [["a\nb\u001B[2J"]])).toContain("a\\nb\\x1b[2J");
});
