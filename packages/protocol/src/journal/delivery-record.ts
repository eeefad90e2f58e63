import { performance } from "node:perf_hooks";
import type { LogStream } from "@millrace/model/worker-streams";
import { freeDelivered } from "./free-delivered.ts";
import { logPath, readDelivered, writeDelivered, type Delivered } from "./worker-files.ts";

const SAVE_EVERY_MS = 1_000;
/** Delivered output is given back to the disk in pieces of at least this size. */
const FREE_EVERY_BYTES = 8 * 1024 * 1024;
/** The end of what is delivered stays: it is told when the worker dies, and marks are looked up in it. */
const KEPT_BYTES = 1024 * 1024;

/** How far a delivery has come, kept on disk so that the next one goes on from there. */
export interface DeliveryRecord {
  readonly delivered: Delivered;
  /** Notes what is known to be stored: the next event's sequence or the next byte of a stream. */
  note(field: keyof Delivered, next: number): void;
  save(): void;
}

/**
 * Opens the record of a worker's directory. A disk that takes no more does not hold up the delivery: without its record what
 * was delivered is sent again and passed over. It is told once, with the reason.
 */
export function openDeliveryRecord(
  workerDirectory: string,
  onNotice: (message: string) => void,
): DeliveryRecord {
  const delivered: { -readonly [Field in keyof Delivered]: Delivered[Field] } = {
    ...readDelivered(workerDirectory),
  };
  const freed = { stdout: 0, stderr: 0 };
  let savedAt = performance.now();
  let told = false;

  function save(): void {
    savedAt = performance.now();
    try {
      writeDelivered(workerDirectory, delivered);
    } catch (error) {
      if (told) return;
      told = true;
      onNotice(`The worker's folder can't be written, the run goes on: ${String(error)}`);
    }
  }

  function free(stream: LogStream): void {
    const until = delivered[stream] - KEPT_BYTES;
    if (until - freed[stream] < FREE_EVERY_BYTES) return;
    freed[stream] = until;
    void freeDelivered(logPath(workerDirectory, stream), until);
  }

  return {
    delivered,
    note(field, next) {
      delivered[field] = next;
      if (field === "stdout" || field === "stderr") free(field);
      if (performance.now() - savedAt > SAVE_EVERY_MS) save();
    },
    save,
  };
}
