import type { WorkerStream } from "@millrace/model/worker-streams";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The event journal in a worker's directory: one JSON line per event, numbered from 0 without gaps. */
export function eventsPath(workerDirectory: string): string {
  return join(workerDirectory, "events.jsonl");
}

/** Where a stream of a worker is kept. */
export function logPath(workerDirectory: string, stream: WorkerStream): string {
  return join(workerDirectory, stream);
}

/** The marks in a worker's directory, which say what of its output came from which step: see `@millrace/model/output-marks`. */
export function marksPath(workerDirectory: string): string {
  return logPath(workerDirectory, "marks");
}

/**
 * Writes the id that a worker made for itself, before it says it to anybody: who finds the directory later speaks of the same
 * worker.
 */
export function writeWorkerId(workerDirectory: string, workerId: string): void {
  writeFileSync(workerIdPath(workerDirectory), workerId, { mode: 0o600 });
}

/** The id that the directory's worker made for itself; null when it never came so far. */
export function readWorkerId(workerDirectory: string): string | null {
  try {
    return readFileSync(workerIdPath(workerDirectory), "utf8") || null;
  } catch {
    return null;
  }
}

function workerIdPath(workerDirectory: string): string {
  return join(workerDirectory, "worker-id");
}

/**
 * Notes that the directory's worker has a courier of its own: nobody else need speak for it any more. Where that can't be written, as
 * on a full disk, both speak, and what both say is stored once.
 */
export function noteOwnCourier(workerDirectory: string): void {
  try {
    writeFileSync(ownCourierPath(workerDirectory), "", { mode: 0o600 });
  } catch {
    // The courier must deliver all the same.
  }
}

/** Whether the directory's worker has a courier of its own. */
export function hasOwnCourier(workerDirectory: string): boolean {
  return existsSync(ownCourierPath(workerDirectory));
}

function ownCourierPath(workerDirectory: string): string {
  return join(workerDirectory, "own-courier");
}

/** How far a worker's journal is known to be delivered: the next event's sequence and the next byte of each stream. */
export interface Delivered {
  readonly nextSequence: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly marks: number;
}

/**
 * Reads `delivered.json`. A missing or unreadable one counts as "nothing delivered yet": the control plane passes over
 * what it has, so the file only saves sending it again.
 */
export function readDelivered(workerDirectory: string): Delivered {
  try {
    const value: unknown = JSON.parse(readFileSync(deliveredPath(workerDirectory), "utf8"));
    const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
    return {
      nextSequence: position(fields["nextSequence"]),
      stdout: position(fields["stdout"]),
      stderr: position(fields["stderr"]),
      marks: position(fields["marks"]),
    };
  } catch {
    return { nextSequence: 0, stdout: 0, stderr: 0, marks: 0 };
  }
}

/** Writes `delivered.json` in one step, so that a reader never sees half of it. */
export function writeDelivered(workerDirectory: string, delivered: Delivered): void {
  const path = deliveredPath(workerDirectory);
  writeFileSync(`${path}.new`, JSON.stringify(delivered));
  renameSync(`${path}.new`, path);
}

function deliveredPath(workerDirectory: string): string {
  return join(workerDirectory, "delivered.json");
}

function position(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
