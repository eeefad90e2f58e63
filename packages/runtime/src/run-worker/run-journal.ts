import type { RunEvent } from "@millrace/model/run-event";
import type { EventJournal } from "@millrace/protocol/journal/event-journal";

/** Where everything a run says is written, until its last word. */
export interface RunJournal {
  /** Writes an event; what comes after the last word, or after `mute`, is passed over. */
  record(event: RunEvent): void;
  /** Writes the event that ends the run, or its attempt. Only the first one counts. */
  end(event: RunEvent): void;
  /** Nothing is written any more: another attempt speaks for the run. */
  mute(): void;
  /** Whether the run's last word is written. */
  hasEnded(): boolean;
}

/** A run's journal on top of the worker's. */
export function createRunJournal(journal: EventJournal): RunJournal {
  let ended = false;
  let muted = false;
  return {
    record(event) {
      if (!ended && !muted) journal.append(event);
    },
    end(event) {
      if (ended || muted) return;
      journal.append(event);
      ended = true;
    },
    mute() {
      muted = true;
    },
    hasEnded: () => ended,
  };
}
