import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openEventJournal } from "@millrace/protocol/journal/event-journal";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { WARM_UP_JOB, warmUpDefinitions } from "millrace/internal/execution/run/warm-up";
import { runWithoutSpans } from "millrace/internal/telemetry/open-telemetry";
import type { CourierHandle } from "./courier-handle.ts";
import { executeWith, type AttemptOptions } from "./execute-attempt.ts";
import { parseRunSpec } from "./parse-run-spec.ts";
import { createRunJournal } from "./run-journal.ts";

/**
 * Does what a worker does with its run, for one that logs a line and that nobody hears of: what is done for the first time costs
 * several milliseconds more than for the second.
 *
 * @param workerDirectory the worker's own; the rehearsal's is made in it, and gone afterwards.
 * @param onCrash called when code of the author's throws meanwhile what nobody catches: the rehearsal hears of it, and not the process.
 * @returns the exit code that a worker would have.
 */
export async function rehearse(workerDirectory: string, onCrash: () => void): Promise<number> {
  const folder = mkdtempSync(join(workerDirectory, "rehearsal-"));
  const interrupt = new AbortController();
  onAbort(interrupt.signal, onCrash);
  const file = openEventJournal(
    folder,
    () => {},
    () => {},
  );
  try {
    const attempt: AttemptOptions = {
      spec: parseRunSpec({ ...SPEC, workerDirectory: folder, storageDirectory: folder }),
      workerDirectory: folder,
      worker: { workerId: "rehearsal", place: "rehearsal", codeDigest: null },
      stepCommand: [],
      courier: SILENT_COURIER,
      loading: Promise.resolve({ definitions: warmUpDefinitions() }),
      secrets: new Set(),
      outputLost: new Promise(() => {}),
      stopMarking: () => {},
      interrupt,
      debugging: null,
    };
    return await runWithoutSpans(() => executeWith(createRunJournal(file), attempt, () => Promise.resolve()));
  } finally {
    file.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const SPEC = {
  runId: "rehearsal",
  attempt: 1,
  runToken: "none",
  agentApiUrl: "http://127.0.0.1",
  locationName: "rehearsal",
  jobName: WARM_UP_JOB,
};

/** Lets every attempt begin, and delivers nothing. */
const SILENT_COURIER: CourierHandle = {
  start: () => Promise.resolve("CONTINUE"),
  poke() {},
  pulse() {},
  hold() {},
  complete: () => Promise.resolve(null),
  holdProcess() {},
};
