/** The output streams of a run worker. */
export const LOG_STREAMS = ["stdout", "stderr"] as const;
export type LogStream = (typeof LOG_STREAMS)[number];

/** What a worker writes: its output, and the marks that say which step wrote what of it (`output-marks.ts`). */
export const WORKER_STREAMS = [...LOG_STREAMS, "marks"] as const;
export type WorkerStream = (typeof WORKER_STREAMS)[number];

/** Whether a worker has a stream of this name. */
export function isWorkerStream(name: string): name is WorkerStream {
  return WORKER_STREAMS.some((stream) => stream === name);
}
