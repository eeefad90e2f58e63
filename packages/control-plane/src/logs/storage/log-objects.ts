import { createHash } from "node:crypto";
import type { WorkerStream } from "@millrace/model/worker-streams";
import type { LogStorage } from "./log-storage.ts";

/** What of a chunk decides about its key. */
export interface ObjectOfChunk {
  readonly runId: string;
  readonly attempt: number;
  readonly stream: WorkerStream;
  readonly offset: number;
  readonly length: number;
  readonly writer: string;
}

/**
 * What stands for a worker in the keys of its objects. They are stored before it is known whether it may write: another one's, with
 * other bytes at the same place, must not replace them. With it stands how they are sealed.
 */
export function writerOf(workerId: string | null, { seal }: LogStorage): string {
  const hash = createHash("sha256")
    .update(workerId ?? "")
    .digest("hex")
    .slice(0, 12);
  return seal === undefined ? hash : `${hash}.${seal}`;
}

/** The key of a chunk's object. */
export function logObjectKey(object: ObjectOfChunk): string {
  const { runId, attempt, stream, offset, length, writer } = object;
  // As long as any offset is: so the names of a stream are in its order.
  return `${logFolderOf(runId)}/${attempt}/${stream}/${String(offset).padStart(15, "0")}-${length}-${writer}`;
}

/** How many bytes of output an object has, by its key. */
export function objectLengthOf(key: string): number {
  return Number(/-(\d+)-[^/]*$/.exec(key)?.[1] ?? 0);
}

/** What the keys of all objects of a run begin with. */
export function logFolderOf(runId: string): string {
  return runId.toLowerCase();
}
