import { SELECTION_ATTRIBUTES, type AssetSelection, type SelectionAttribute } from "./asset-selection.ts";
import { InvalidSelection } from "./invalid-selection.ts";
import { tokenizeSelection, type SelectionToken } from "./selection-tokens.ts";

/** Deeper nesting than anybody writes; what is deeper would only exhaust the stack. */
const MAX_DEPTH = 200;

interface Parser {
  readonly text: string;
  readonly tokens: readonly SelectionToken[];
  index: number;
  depth: number;
}

/**
 * Reads a selection of assets: attributes (`key:`, `group:`, `tag:k=v`…), `and or not`, parentheses, `sinks()`, `roots()`
 * and traversal (`+x`, `2+x`, `x+1`). Traversal binds tighter than `not`, that tighter than `and`, that tighter than `or`.
 *
 * @throws InvalidSelection with the position of the first thing that does not fit.
 */
export function parseAssetSelection(text: string): AssetSelection {
  const parser: Parser = { text, tokens: tokenizeSelection(text), index: 0, depth: 0 };
  if (current(parser).kind === "end") throw fail(parser, 'The selection is empty: write "*" for all assets');
  const selection = parseOr(parser);
  if (current(parser).kind !== "end") throw fail(parser, `Unexpected ${describe(current(parser))}`);
  return selection;
}

function parseOr(parser: Parser): AssetSelection {
  return parseOperands(parser, "or", () => parseOperands(parser, "and", () => parseNot(parser)));
}

function parseOperands(
  parser: Parser,
  type: "and" | "or",
  parseOperand: () => AssetSelection,
): AssetSelection {
  const first = parseOperand();
  const operands = [first];
  while (takeWord(parser, type) || takeWord(parser, type.toUpperCase())) operands.push(parseOperand());
  return operands.length === 1 ? first : { type, operands };
}

function parseNot(parser: Parser): AssetSelection {
  if (takeWord(parser, "not") || takeWord(parser, "NOT"))
    return { type: "not", operand: nested(parser, () => parseNot(parser)) };
  if (take(parser, "*")) return { type: "all" };
  const up = parseUp(parser);
  const operand = parseTraversable(parser);
  const down = parseDown(parser);
  return up === 0 && down === 0 ? operand : { type: "traversal", operand, up, down };
}

/** `+` or `2+` in front; 0 when there is none, null for all levels. */
function parseUp(parser: Parser): number | null {
  const digits = take(parser, "digits");
  if (take(parser, "+")) return digits ? Number(digits.text) : null;
  if (digits) throw fail(parser, `A number of levels needs a "+": ${digits.text}+`);
  return 0;
}

/** `+` or `+2` behind. */
function parseDown(parser: Parser): number | null {
  if (!take(parser, "+")) return 0;
  const digits = take(parser, "digits");
  return digits ? Number(digits.text) : null;
}

function parseTraversable(parser: Parser): AssetSelection {
  const token = current(parser);
  if (take(parser, "(")) return parseClosing(parser);
  if (token.kind === "word" && (token.text === "sinks" || token.text === "roots")) {
    parser.index++;
    expect(parser, "(", `"${token.text}" takes a selection in parentheses: ${token.text}(*)`);
    return { type: token.text, operand: parseClosing(parser) };
  }
  const attribute =
    token.kind === "word" ? SELECTION_ATTRIBUTES.find((name) => name === token.text) : undefined;
  if (attribute) {
    parser.index++;
    expect(parser, ":", `"${attribute}" needs a value: ${attribute}:"…"`);
    return parseAttribute(parser, attribute);
  }
  if (token.kind === "*") throw fail(parser, '"*" takes no "+"; if you mean it, put it in parentheses');
  if (token.kind === "name" && parser.tokens[parser.index + 1]?.kind === ":")
    throw fail(parser, `"${token.text}" is not an attribute; there are: ${SELECTION_ATTRIBUTES.join(", ")}`);
  if (token.kind === "name" || token.kind === "pattern" || token.kind === "quoted")
    throw fail(parser, `A value needs its attribute: key:"${token.text}"`);
  throw fail(parser, `Expected a selection, found ${describe(token)}`);
}

function parseClosing(parser: Parser): AssetSelection {
  const inner = nested(parser, () => parseOr(parser));
  expect(parser, ")", `Expected ")", found ${describe(current(parser))}`);
  return inner;
}

function parseAttribute(parser: Parser, attribute: SelectionAttribute): AssetSelection {
  const token = current(parser);
  if (attribute === "tag" || attribute === "column_tag") {
    const key = parseValue(parser, attribute);
    const value = take(parser, "=") ? parseValue(parser, attribute) : "";
    if (key !== null) return { type: "tag", attribute, key, value };
    throw new InvalidSelection(parser.text, token.position, `<null> can not be the key of a "${attribute}"`);
  }
  const value = parseValue(parser, attribute);
  if (attribute === "is" && value !== "materializable" && value !== "external")
    throw new InvalidSelection(parser.text, token.position, '"is" takes "materializable" or "external"');
  return { type: "attribute", attribute, value };
}

function parseValue(parser: Parser, attribute: SelectionAttribute): string | null {
  const token = current(parser);
  const isAllowed =
    token.kind === "quoted" ||
    token.kind === "name" ||
    (token.kind === "pattern" && attribute === "key") ||
    (token.kind === "null" && attribute !== "key") ||
    (token.kind === "word" && attribute !== "key" && ["sensor", "schedule", "job"].includes(token.text));
  if (!isAllowed) throw fail(parser, explainBadValue(token, attribute));
  parser.index++;
  return token.kind === "null" ? null : token.text;
}

function explainBadValue(token: SelectionToken, attribute: SelectionAttribute): string {
  switch (token.kind) {
    case "end":
      return `"${attribute}:" needs a value`;
    case "word":
      return `"${token.text}" is a word of the language: write ${attribute}:"${token.text}"`;
    case "*":
    case "pattern":
    case "digits":
      return `A value like this needs quotes: ${attribute}:"${token.text}"`;
    default:
      return `Expected a value for "${attribute}", found ${describe(token)}`;
  }
}

function nested(parser: Parser, parse: () => AssetSelection): AssetSelection {
  if (++parser.depth > MAX_DEPTH)
    throw fail(parser, `The selection is nested more than ${MAX_DEPTH} levels deep`);
  const result = parse();
  parser.depth--;
  return result;
}

function current(parser: Parser): SelectionToken {
  return parser.tokens[parser.index] ?? { kind: "end", text: "", position: parser.text.length };
}

function take(parser: Parser, kind: SelectionToken["kind"]): SelectionToken | null {
  const token = current(parser);
  if (token.kind !== kind) return null;
  parser.index++;
  return token;
}

function takeWord(parser: Parser, word: string): boolean {
  const token = current(parser);
  if (token.kind !== "word" || token.text !== word) return false;
  parser.index++;
  return true;
}

function expect(parser: Parser, kind: SelectionToken["kind"], reason: string): void {
  if (!take(parser, kind)) throw fail(parser, reason);
}

function fail(parser: Parser, reason: string): InvalidSelection {
  return new InvalidSelection(parser.text, current(parser).position, reason);
}

function describe(token: SelectionToken): string {
  return token.kind === "end" ? "the end" : `"${token.text}"`;
}
