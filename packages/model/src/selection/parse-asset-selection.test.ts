import { describe, expect, test } from "vitest";
import { InvalidSelection } from "./invalid-selection.ts";
import { parseAssetSelection } from "./parse-asset-selection.ts";

function key(value: string): object {
  return { type: "attribute", attribute: "key", value };
}
function errorOf(text: string): InvalidSelection {
  try {
    parseAssetSelection(text);
  } catch (error) {
    if (error instanceof InvalidSelection) return error;
    throw error;
  }
  throw new Error(`"${text}" is valid`);
}

describe("what is read", () => {
  test("traversal binds tighter than not, not tighter than and, and tighter than or", () => {
    expect(parseAssetSelection("not +key:a and key:b or key:c")).toEqual({
      type: "or",
      operands: [
        {
          type: "and",
          operands: [
            { type: "not", operand: { type: "traversal", operand: key("a"), up: null, down: 0 } },
            key("b"),
          ],
        },
        key("c"),
      ],
    });
  });

  test("levels are numbers, or all of them", () => {
    expect(parseAssetSelection("2+key:a+")).toEqual({
      type: "traversal",
      operand: key("a"),
      up: 2,
      down: null,
    });
    expect(parseAssetSelection("(*)+1")).toEqual({
      type: "traversal",
      operand: { type: "all" },
      up: 0,
      down: 1,
    });
  });

  test("values may be quoted, wildcards, tags with and without a value, and <null>", () => {
    expect(parseAssetSelection('key:"a b"')).toEqual(key("a b"));
    expect(parseAssetSelection("key:raw/*")).toEqual(key("raw/*"));
    expect(parseAssetSelection('tag:tier="gold"')).toEqual({
      type: "tag",
      attribute: "tag",
      key: "tier",
      value: "gold",
    });
    expect(parseAssetSelection("tag:tier")).toEqual({
      type: "tag",
      attribute: "tag",
      key: "tier",
      value: "",
    });
    expect(parseAssetSelection("kind:<null>")).toEqual({ type: "attribute", attribute: "kind", value: null });
  });

  test("a selection is plain JSON", () => {
    const selection = parseAssetSelection('sinks(group:"x" or +key:a) and not *');
    expect(JSON.parse(JSON.stringify(selection))).toEqual(selection);
  });
});

describe("what is refused says where and what to do", () => {
  test.each([
    ["", 0, 'write "*" for all assets'],
    ["key:a b", 6, 'Unexpected "b"'],
    ["foo", 0, 'key:"foo"'],
    ["foo:bar", 0, "is not an attribute"],
    ["group:status", 6, 'write group:"status"'],
    ["key:12a", 4, 'needs quotes: key:"12"'],
    ["owner:ann@example.org", 9, "need double quotes"],
    ["key:'a'", 4, "double quotes"],
    ['key:"a', 4, "not closed"],
    ["* and", 5, "Expected a selection, found the end"],
    ["(*", 2, 'Expected ")"'],
    ["+*", 1, "put it in parentheses"],
    ["sinks *", 6, "sinks(*)"],
    ["is:old", 3, "materializable"],
    ["tag:<null>", 4, "<null>"],
  ])("%s", (text, position, reason) => {
    const error = errorOf(text);
    expect([error.position, error.reason]).toEqual([position, expect.stringContaining(reason)]);
  });

  test("the message points at the place", () => {
    expect(errorOf("key:a\tand foo").message.split("\n").slice(1)).toEqual([
      "  key:a and foo",
      "            ^",
    ]);
  });

  test("absurd nesting is refused rather than exhausting the stack", () => {
    expect(errorOf(`${"(".repeat(100_000)}*`).reason).toContain("nested");
    expect(errorOf(`${"not ".repeat(100_000)}*`).reason).toContain("nested");
  });
});
