import { closeSync, openSync, readSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { systemClock } from "@millrace/model/time/clock";
import { expectedPosition, progress, type DeliveryLoop } from "./deliver-events.ts";
import type { SendLog } from "./send-log.ts";
import { untilAnswered } from "./until-answered.ts";
import { logPath } from "./worker-files.ts";
import { type WorkerStream } from "@millrace/model/worker-streams";

const MAX_CHUNK_BYTES = 256 * 1024;
/** Between two chunks of a stream that keeps talking: few requests, and lines still arrive well within 250 ms. */
const PAUSE_MS = 100;

/**
 * Delivers what a worker's stdout, stderr or marks file holds, as it grows: the first bytes at once, then in chunks.
 *
 * @param beforeSending is awaited with a chunk in hand, so that what tells about it can arrive first.
 * @param hurry is aborted when the run's end waits for the output: no pause between chunks from then on.
 * @param onCaughtUp is called whenever everything that is there has been delivered.
 * @throws AttemptSuperseded when nothing of this attempt is kept any more, AgentApiRefused when the stream is refused.
 */
export async function deliverLog(
  send: SendLog,
  workerDirectory: string,
  stream: WorkerStream,
  firstByte: number,
  loop: DeliveryLoop,
  hurry: AbortSignal,
  beforeSending: () => Promise<void>,
  onCaughtUp: () => void,
): Promise<void> {
  const path = logPath(workerDirectory, stream);
  const noPause = AbortSignal.any([loop.signal, hurry]);
  let superseded = false;
  let lastSent = -PAUSE_MS;
  for (let next = firstByte; ;) {
    const pause = lastSent + PAUSE_MS - performance.now();
    if (pause > 0) await systemClock.sleep(pause, noPause);
    const complete = loop.isComplete();
    const bytes = readChunk(path, next);
    if (bytes.length > 0) {
      await beforeSending();
      lastSent = performance.now();
      const offset = next;
      next = await untilAnswered(async () => {
        try {
          const { nextOffset, directive } = await send(stream, offset, bytes, loop.signal);
          loop.onAnswer(directive);
          superseded = directive === "SUPERSEDED";
          return superseded ? nextOffset : progress(offset, nextOffset);
        } catch (error) {
          return expectedPosition(error, "log_out_of_order", offset);
        }
      }, loop.signal);
      loop.onDelivered(next);
      if (superseded) return;
    } else {
      onCaughtUp();
      if (complete) return;
      await loop.wait();
    }
    loop.signal.throwIfAborted();
  }
}

function readChunk(path: string, offset: number): Buffer {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const chunk = Buffer.allocUnsafe(MAX_CHUNK_BYTES);
    return chunk.subarray(0, readSync(file, chunk, 0, MAX_CHUNK_BYTES, offset));
  } finally {
    closeSync(file);
  }
}
