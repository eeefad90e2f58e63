import { SELECTION_ATTRIBUTES } from "./asset-selection.ts";
import { InvalidSelection } from "./invalid-selection.ts";

/**
 * A piece of a selection. `word` is a word of the language, `name` an unquoted value, `pattern` an unquoted value with
 * wildcards; `null` is `<null>`, any other symbol stands for itself.
 */
export interface SelectionToken {
  readonly kind:
    | "word"
    | "name"
    | "pattern"
    | "quoted"
    | "digits"
    | "null"
    | "*"
    | "+"
    | ":"
    | "="
    | "("
    | ")"
    | "end";
  /** As written, without quotes. */
  readonly text: string;
  readonly position: number;
}

/** Words with a meaning of their own; as values they need quotes. */
const WORDS: ReadonlySet<string> = new Set([
  "and",
  "AND",
  "or",
  "OR",
  "not",
  "NOT",
  "sinks",
  "roots",
  ...SELECTION_ATTRIBUTES,
]);

const TOKEN =
  /\s+|(?<quoted>"[^"\\\r\n]*")|(?<null><null>)|(?<digits>[0-9]+)|(?<value>[a-zA-Z_*][a-zA-Z0-9_*/]*)|[+:=()]/y;

/** Cuts a selection into tokens; the last one is always `end`. Throws `InvalidSelection`. */
export function tokenizeSelection(text: string): SelectionToken[] {
  const tokens: SelectionToken[] = [];
  let position = 0;
  while (position < text.length) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (!match) throw new InvalidSelection(text, position, explainBadCharacter(text, position));
    const [written] = match;
    if (written.trim() !== "") tokens.push(toToken(match, written, position));
    position += written.length;
  }
  tokens.push({ kind: "end", text: "", position });
  return tokens;
}

function toToken(match: RegExpExecArray, written: string, position: number): SelectionToken {
  const { quoted, value, digits } = match.groups ?? {};
  if (quoted !== undefined) return { kind: "quoted", text: quoted.slice(1, -1), position };
  if (digits !== undefined) return { kind: "digits", text: digits, position };
  if (written === "<null>") return { kind: "null", text: written, position };
  if (value === undefined || written === "*") return { kind: written as "*", text: written, position };
  const kind = WORDS.has(value) ? "word" : value.includes("*") ? "pattern" : "name";
  return { kind, text: value, position };
}

function explainBadCharacter(text: string, position: number): string {
  const char = text.charAt(position);
  if (char === '"') return "The quote is not closed";
  if (char === "'") return "Values are quoted with double quotes";
  return `Unexpected "${char}": values with characters other than letters, digits, "_" and "/" need double quotes`;
}
