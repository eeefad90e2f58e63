import { closeSync, openSync, writeSync } from "node:fs";

/** A file that grows at its end. */
export interface LogFile {
  /** What can't be written, as on a full disk, is left out; how much that was is said once there is room again. */
  append(bytes: Buffer): void;
  close(): void;
}

/** Opens a log for its owner only, and goes on at its end. */
export function openLogFile(path: string): LogFile {
  const descriptor = openSync(path, "a", 0o600);
  let missing = 0;
  let cause = "";

  function write(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(descriptor, rest));
  }

  return {
    append(bytes) {
      try {
        if (missing > 0) write(Buffer.from(`\n… ${missing} bytes are missing here: ${cause}\n`));
        missing = 0;
        write(bytes);
      } catch (error) {
        missing += bytes.length;
        cause = error instanceof Error ? error.message : String(error);
      }
    },
    close: () => closeSync(descriptor),
  };
}
