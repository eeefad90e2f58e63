import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * The last lines of a text file that fit into `bytes`; empty when there is no file.
 *
 * @param from byte before which nothing is read.
 */
export function readTail(path: string, bytes: number, from = 0): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const size = fstatSync(file).size;
    const length = Math.min(Math.max(0, size - from), bytes);
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, size - length);
    const text = buffer.toString("utf8");
    // What was cut off starts in the middle of a line, perhaps in the middle of a character.
    return size - from > length && text.includes("\n") ? text.slice(text.indexOf("\n") + 1) : text;
  } finally {
    closeSync(file);
  }
}
