import { closeSync, openSync, writeSync } from "node:fs";
import { findNoRoom } from "@millrace/model/errors/no-room-left";
import type { RunEvent } from "@millrace/model/run-event";
import { eventsPath } from "./worker-files.ts";

/** Bytes that are kept in memory while the disk takes none; log messages beyond that are counted, all else is kept. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;

/** The writing end of a worker's event journal. */
export interface EventJournal {
  /**
   * Writes the event before it returns, so that a kill right after loses nothing. Never throws: what a full disk
   * refuses is kept in memory, in its order, and written by `flush`; of log messages so many as take 32 MB, then one that
   * says how many are missing.
   */
  append(event: RunEvent): void;
  /** Tries to write what an earlier failure left in memory. Returns why it can't be, and what to do, or null: everything is on disk. */
  flush(): string | null;
  close(): void;
}

/**
 * Opens the journal of a new worker; its events count from 0.
 *
 * @param onAppend is called after every event that is on disk, to wake whoever delivers.
 * @param onHeld is called when the first event stays in memory: somebody has to call `flush` until that succeeds.
 */
export function openEventJournal(
  workerDirectory: string,
  onAppend: () => void,
  onHeld: (problem: string) => void,
): EventJournal {
  const file = openSync(eventsPath(workerDirectory), "ax", 0o600);
  let sequence = 0;
  const unwritten: Buffer[] = [];
  let heldBytes = 0;
  let missing = 0;

  function hold(event: RunEvent): void {
    const line = Buffer.from(`${toJson(sequence, event)}\n`);
    sequence += 1;
    heldBytes += line.length;
    unwritten.push(line);
  }

  function flush(): string | null {
    try {
      for (let [line] = unwritten; line !== undefined; [line] = unwritten) {
        const rest = line.subarray(writeSync(file, line));
        heldBytes -= line.length - rest.length;
        if (rest.length > 0) unwritten[0] = rest;
        else unwritten.shift();
        if (unwritten.length === 0 && missing > 0) {
          hold(missingMessages(missing));
          missing = 0;
        }
      }
      return null;
    } catch (error) {
      return findNoRoom(workerDirectory, error) ?? `${workerDirectory}: ${String(error)}`;
    }
  }

  return {
    append(event) {
      if (event.type === "LOG" && heldBytes > MAX_HELD_BYTES) {
        missing += 1;
        return;
      }
      hold(event);
      // Whoever was told tries again by itself: a flood of events must not try once each.
      if (unwritten.length > 1) return;
      const problem = flush();
      if (problem === null) onAppend();
      else onHeld(problem);
    },
    flush() {
      const problem = flush();
      if (problem === null) onAppend();
      return problem;
    },
    close() {
      closeSync(file);
    },
  };
}

function missingMessages(count: number): RunEvent {
  return {
    type: "ENGINE_EVENT",
    timestamp: Date.now(),
    message: `${count} log messages are missing here: there was no room on the worker's disk, nor for more of them in its memory`,
    stepKey: null,
    error: null,
    metadata: {},
  };
}

/** Values that JSON can't hold (a bigint, a circle) come from user code and must not end it. */
function toJson(sequence: number, event: RunEvent): string {
  try {
    return JSON.stringify({ sequence, event });
  } catch (error) {
    const replacement: RunEvent = {
      type: "ENGINE_EVENT",
      timestamp: event.timestamp,
      message: `An event (${event.type}) holds a value that JSON can't: ${String(error)}`,
      stepKey: "stepKey" in event ? event.stepKey : null,
      error: null,
      metadata: {},
    };
    return JSON.stringify({ sequence, event: replacement });
  }
}
