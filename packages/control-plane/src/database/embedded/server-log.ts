import { copyFileSync, rmSync, statSync, truncateSync } from "node:fs";

/** A log gives way to a new one when it is larger, so that two of this size are kept. */
const MAX_LOG_BYTES = 1_000_000;

/**
 * Moves what a log holds to `<file>.old` when there is too much of it. The file stays the same one, since the server goes on
 * writing to its end; a line that it writes in between may be lost.
 */
export function rotateLog(file: string, maxBytes: number = MAX_LOG_BYTES): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= maxBytes) return;
  const old = `${file}.old`;
  try {
    copyFileSync(file, old);
  } catch {
    rmSync(old, { force: true }); // The disk is full: room is worth more than what was said.
  }
  truncateSync(file);
}
