import { type AnsiStyle, parseAnsiLine, PLAIN } from "../../ui/ansi.ts";

/** A line of output with the style that the lines before it left on. */
export interface OutputLine {
  readonly text: string;
  readonly style: AnsiStyle;
}

/** Lines longer than this are broken: one line of 20 MB must not stop the browser. */
const MAX_LINE = 8_192;

/** Gathers output that arrives in pieces into lines; the last line grows until its end comes. */
export class OutputLines {
  readonly #lines: OutputLine[] = [];
  #open = "";
  #style: AnsiStyle = PLAIN;

  /** All lines; the last one may still grow. */
  get lines(): readonly OutputLine[] {
    return this.#lines;
  }

  append(text: string): void {
    if (text === "") return;
    if (this.#open !== "") this.#lines.pop();
    const pieces = (this.#open + text).split("\n");
    this.#open = pieces.pop() ?? "";
    for (const piece of pieces) this.#push(piece);
    while (this.#open.length > MAX_LINE) {
      this.#push(this.#open.slice(0, MAX_LINE));
      this.#open = this.#open.slice(MAX_LINE);
    }
    if (this.#open !== "") this.#lines.push({ text: this.#open, style: this.#style });
  }

  #push(line: string): void {
    for (let start = 0; start === 0 || start < line.length; start += MAX_LINE) {
      const text = line.slice(start, start + MAX_LINE);
      this.#lines.push({ text, style: this.#style });
      if (text.includes("\u001b")) this.#style = parseAnsiLine(text, this.#style).style;
    }
  }
}
