import { closeSync, openSync, readSync } from "node:fs";
import { parseRunEvent } from "@millrace/model/parse-run-event";
import type { RunEvent } from "@millrace/model/run-event";
import { MAX_EVENT_BYTES, shrinkEvent } from "@millrace/model/shrink-event";
import { eventsPath } from "./worker-files.ts";

/** One event of a journal. What is in it was written by a worker of any version, so it is passed on as it is. */
export interface JournalEntry {
  readonly sequence: number;
  readonly event: unknown;
}

/** The reading end of a worker's event journal, while it grows or after. */
export interface EventReader {
  /**
   * The events from `fromSequence` on that are there now: at most `maxEvents`, and `maxBytes` unless the first alone is
   * larger. A line that is still being written does not count as there. An event that no request takes is
   * made smaller.
   */
  read(fromSequence: number, maxEvents: number, maxBytes: number): JournalEntry[];
  close(): void;
}

const BLOCK_BYTES = 256 * 1024;

/** Opens a journal for reading; one that does not exist yet has no events. */
export function openEventReader(workerDirectory: string): EventReader {
  const path = eventsPath(workerDirectory);
  let file: number | null = null;
  // The position up to which lines have been read: always the start of a line.
  let offset = 0;
  let sequence = 0;

  function readBlock(bytes: number): Buffer {
    file ??= openIfThere(path);
    if (file === null) return Buffer.alloc(0);
    const block = Buffer.allocUnsafe(bytes);
    return block.subarray(0, readSync(file, block, 0, bytes, offset));
  }

  return {
    read(fromSequence, maxEvents, maxBytes) {
      if (fromSequence < sequence) {
        offset = 0;
        sequence = 0;
      }
      const entries: JournalEntry[] = [];
      let bytes = 0;
      let blockBytes = BLOCK_BYTES;
      for (;;) {
        const block = readBlock(blockBytes);
        let start = 0;
        for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, start)) {
          const lineBytes = end - start + 1;
          if (sequence >= fromSequence) {
            if (entries.length >= maxEvents || (entries.length > 0 && bytes + lineBytes > maxBytes))
              return entries;
            const line = block.toString("utf8", start, end);
            const event = readLine(line, sequence);
            entries.push({ sequence, event: lineBytes > MAX_EVENT_BYTES ? withinLimit(event) : event });
            bytes += lineBytes;
          }
          sequence += 1;
          offset += lineBytes;
          start = end + 1;
        }
        if (block.length < blockBytes) return entries;
        if (start === 0) blockBytes *= 2; // One line is longer than the block.
      }
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

/** The event of a line; a damaged line becomes an event that says so, for the numbers must stay without gaps. */
function readLine(line: string, sequence: number): unknown {
  try {
    const record = JSON.parse(line) as { readonly sequence?: unknown; readonly event?: unknown };
    if (record.sequence === sequence && typeof record.event === "object" && record.event !== null)
      return record.event;
  } catch {
    // Falls through to the same answer as a record of another form.
  }
  const event: RunEvent = {
    type: "ENGINE_EVENT",
    timestamp: Date.now(),
    message: `Event ${sequence} of the worker could not be read back from its journal: ${line.slice(0, 200)}`,
    stepKey: null,
    error: null,
    metadata: {},
  };
  return event;
}

function withinLimit(event: unknown): unknown {
  try {
    return shrinkEvent(parseRunEvent(event), MAX_EVENT_BYTES);
  } catch {
    // The control plane refuses it, and a word about it takes its place.
    return event;
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
