import type { RunEvent } from "@millrace/model/run-event";
import type { TickLogLine } from "@millrace/model/runs/work-item";

/** Lines and characters of one evaluation that are kept. */
const MAX_LINES = 500;
const MAX_CHARACTERS = 200_000;

/** What the code of one tick logs: for whoever asked, and in the code server's log. */
export interface TickLog {
  /** Receives the events of the evaluation. */
  readonly sink: (event: RunEvent) => void;
  /** What was logged since the last call. What is too much is left out, which the last line says. */
  takeLines(): TickLogLine[];
}

/** Collects what the code of one tick logs. */
export function createTickLog(): TickLog {
  let lines: TickLogLine[] = [];
  let kept = 0;
  let characters = 0;
  return {
    sink(event) {
      if (event.type !== "LOG") return;
      const { level, timestamp, message } = event;
      console.log(`${level} ${message}`);
      kept++;
      characters += message.length;
      if (kept < MAX_LINES && characters < MAX_CHARACTERS) lines.push({ level, timestamp, message });
      else if (lines.at(-1)?.message !== CUT) lines.push({ level: "WARNING", timestamp, message: CUT });
    },
    takeLines() {
      const taken = lines;
      lines = [];
      return taken;
    },
  };
}

const CUT = "What was logged from here on is too much to be kept: it stands in the log of the code server";
