/** A colour or another look of text; these may stay: they change nothing but the text they stand in. */
const LOOKS = "\\u001B\\[[\\d;]*m";
/** Control characters, and those that turn the direction of text: a terminal obeys them instead of showing them. */
const CONTROLS =
  "[\\u0000-\\u0008\\u000B-\\u001F\\u007F-\\u009F\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]";
const LOOK_OR_CONTROL = new RegExp(`(${LOOKS})|${CONTROLS}`, "g");

/**
 * A text that somebody else wrote, as a terminal may show it: control characters are shown as escapes such as `\x1b`, so that
 * a text can neither move the cursor, set the clipboard nor hide another. Colours, tabs and line ends stay.
 */
export function toPrintable(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(LOOK_OR_CONTROL, (found, look: string | undefined) => look ?? escape(found));
}

/** The same on one line: line ends are shown as escapes too. */
export function toPrintableLine(text: string): string {
  return toPrintable(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** The same with every line but the first indented, so that none can pass for a line of our own. */
export function toPrintableItem(text: string): string {
  return toPrintable(text).replaceAll("\n", "\n    ");
}

/** Prints one item: a line, with what belongs to it indented below. */
export function print(text: string): void {
  console.log(toPrintable(text));
}

function escape(character: string): string {
  const code = character.charCodeAt(0);
  return code <= 0xff
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
