import { closeSync, openSync, writeSync } from "node:fs";
import type { RunEvent } from "@millrace/model/run-event";
import { eventsPath } from "./worker-files.ts";

/** The writing end of a worker's event journal. */
export interface EventJournal {
  /**
   * Writes the event before it returns, so that a kill right after loses nothing. Never throws: what a full disk
   * refuses is kept in memory and written with the next event or by `flush`.
   */
  append(event: RunEvent): void;
  /** Tries to write what an earlier failure left in memory. Returns the failure, or null when everything is on disk. */
  flush(): Error | null;
  close(): void;
}

/**
 * Opens the journal of a new worker; its events count from 0.
 *
 * @param onAppend is called after every event, to wake whoever delivers.
 */
export function openEventJournal(workerDirectory: string, onAppend: () => void): EventJournal {
  const file = openSync(eventsPath(workerDirectory), "ax", 0o600);
  let sequence = 0;
  let unwritten: Buffer = Buffer.alloc(0);

  function flush(): Error | null {
    try {
      while (unwritten.length > 0) unwritten = unwritten.subarray(writeSync(file, unwritten));
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  return {
    append(event) {
      const line = Buffer.from(`${toJson(sequence, event)}\n`);
      sequence += 1;
      unwritten = unwritten.length === 0 ? line : Buffer.concat([unwritten, line]);
      if (flush() === null) onAppend();
    },
    flush() {
      const failure = flush();
      if (failure === null) onAppend();
      return failure;
    },
    close() {
      closeSync(file);
    },
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
