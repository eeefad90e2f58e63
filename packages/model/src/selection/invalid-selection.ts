import { ExpectedError } from "../expected-error.ts";

/** A selection that can not be read. The message ends with the text and a caret under the place that is wrong. */
export class InvalidSelection extends ExpectedError {
  readonly code = "invalid_selection";
  /** The text that was to be read. */
  readonly text: string;
  /** Where in the text, in characters from its start. */
  readonly position: number;
  /** What is wrong, in one sentence without the text. */
  readonly reason: string;

  constructor(text: string, position: number, reason: string) {
    super(pointAt(text, position, reason));
    this.text = text;
    this.position = position;
    this.reason = reason;
  }
}

/** A message that ends with the text and a caret under the place that it is about. */
export function pointAt(text: string, position: number, message: string): string {
  const line = text.replaceAll(/\s/g, " "); // So that the caret stands right below its place.
  return `${message}\n  ${line}\n  ${" ".repeat(position)}^`;
}

/** A selection that names what does not exist. */
export class UnknownInSelection extends ExpectedError {
  readonly code = "unknown_in_selection";
}
