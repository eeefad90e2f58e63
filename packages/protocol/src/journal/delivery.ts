import { systemClock } from "@millrace/model/time/clock";
import { every } from "@millrace/model/waiting/every";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { within } from "@millrace/model/waiting/within";
import { statSync, watch } from "node:fs";
import { performance } from "node:perf_hooks";
import { AgentApiRefused, type AgentApiClient } from "../agent-api-client.ts";
import type { Directive } from "../agent-api.gen.ts";
import { deliverEvents, type AttemptOfWorker, type DeliveryLoop } from "./deliver-events.ts";
import { deliverLog } from "./deliver-log.ts";
import { chooseLogSender } from "./send-log.ts";
import { createWake, type Wake } from "@millrace/model/waiting/wake";
import { openDeliveryRecord } from "./delivery-record.ts";
import { marksPath, type Delivered } from "./worker-files.ts";
import { WORKER_STREAMS, type WorkerStream } from "@millrace/model/worker-streams";

/** The event that ends a run waits for the output before it as long as that moves, and so long at most: log storage may be down. */
const OUTPUT_STALLED_MS = 1_000;
const OUTPUT_FIRST_MS = 10_000;
/** How often the streams are looked at where their folder can't be watched. */
const UNWATCHED_MS = 200;

/** What a delivery tells whoever started it. */
export interface DeliveryListener {
  /** The directive of an answer; not called any more once the event that ends the run is under way. */
  onAnswer(directive: Directive): void;
  /** Something that is worth an event in the run, in one sentence. */
  onNotice(message: string): void;
}

/** The loops that bring a worker directory's events and streams to the control plane. */
export interface Delivery {
  /** There may be more to deliver. */
  poke(): void;
  /** Nothing more will be written: the loops end with what is there. */
  complete(): void;
  /** Whether the event that ends the run is under way or has arrived. */
  isEnding(): boolean;
  /**
   * Resolves when everything is delivered after `complete`, or the control plane answered SUPERSEDED.
   * Rejects with AttemptSuperseded, with AgentApiRefused, or with the signal's reason.
   */
  readonly done: Promise<void>;
}

/** Starts to deliver, from where `delivered.json` says that an earlier delivery had come to. */
export function startDelivery(
  client: AgentApiClient,
  attempt: AttemptOfWorker,
  workerDirectory: string,
  listener: DeliveryListener,
  signal: AbortSignal,
): Delivery {
  const wakes = {
    events: createWake(),
    stdout: createWake(),
    stderr: createWake(),
    marks: createWake(),
  };
  const marksMoved = createWake();
  const record = openDeliveryRecord(workerDirectory, (message) => listener.onNotice(message));
  const { delivered } = record;
  const send = chooseLogSender(client, attempt, workerDirectory, (message) => listener.onNotice(message));
  const ended = new AbortController();
  const anyEnd = AbortSignal.any([signal, ended.signal]);
  const hurry = new AbortController();
  const flowing = new Set<WorkerStream>(WORKER_STREAMS);
  const behind = new Set<WorkerStream>();
  let onCaughtUp = (): void => {};
  let complete = false;
  let ending = false;

  function loopFor(wake: Wake, field: keyof Delivered): DeliveryLoop {
    return {
      signal: anyEnd,
      isComplete: () => complete,
      wait: () => wake.wait(),
      onAnswer(directive) {
        if (!ending) listener.onAnswer(directive);
      },
      onDelivered(next) {
        record.note(field, next);
        if (field === "marks") marksMoved.wake();
      },
    };
  }

  function progressed(): number {
    return delivered.stdout + delivered.stderr + delivered.marks;
  }

  /** The run's end is told once its output has arrived, so that whoever sees the end sees all of the output. */
  async function outputFirst(): Promise<void> {
    hurry.abort();
    for (const stream of flowing) behind.add(stream);
    const { promise: all, resolve } = Promise.withResolvers<void>();
    onCaughtUp = resolve;
    poke();
    const startedAt = performance.now();
    for (let seen = -1; behind.size > 0 && seen !== progressed();) {
      if (performance.now() - startedAt > OUTPUT_FIRST_MS) break;
      seen = progressed();
      await within(systemClock, OUTPUT_STALLED_MS, all);
    }
    ending = true;
  }

  /** Output arrives after the marks that say whose it is: whoever follows one step's output must not read it as another's. */
  async function marksFirst(): Promise<void> {
    const written = statSync(marksPath(workerDirectory), { throwIfNoEntry: false })?.size ?? 0;
    while (delivered.marks < written && flowing.has("marks") && !anyEnd.aborted) {
      wakes.marks.wake();
      await marksMoved.wait();
    }
  }

  function caughtUp(stream: WorkerStream): void {
    behind.delete(stream);
    if (behind.size === 0) onCaughtUp();
  }

  async function deliverStream(stream: WorkerStream): Promise<void> {
    const loop = loopFor(wakes[stream], stream);
    const first = delivered[stream];
    const before = stream === "marks" ? () => Promise.resolve() : marksFirst;
    const onEmpty = (): void => caughtUp(stream);
    try {
      await deliverLog(send, workerDirectory, stream, first, loop, hurry.signal, before, onEmpty);
    } catch (error) {
      // A stream that is refused must not hold up the events.
      if (!(error instanceof AgentApiRefused)) throw error;
      listener.onNotice(
        `The control plane refused the worker's ${stream} from byte ${delivered[stream]} on: ${error.message}`,
      );
    } finally {
      flowing.delete(stream);
      caughtUp(stream);
      marksMoved.wake();
    }
  }

  function poke(): void {
    for (const wake of [...Object.values(wakes), marksMoved]) wake.wake();
  }

  const stopWatching = watchStreams(workerDirectory, (stream) => wakes[stream].wake());
  onAbort(anyEnd, poke);
  const done = Promise.all([
    deliverEvents(
      client,
      attempt,
      workerDirectory,
      delivered.nextSequence,
      loopFor(wakes.events, "nextSequence"),
      hurry.signal,
      outputFirst,
    ),
    ...WORKER_STREAMS.map(deliverStream),
  ])
    .then(() => record.save())
    .finally(() => {
      stopWatching();
      ended.abort(); // When one loop has failed, the others end too.
    });

  return {
    poke: () => wakes.events.wake(),
    complete() {
      complete = true;
      hurry.abort();
      poke();
    },
    isEnding: () => ending,
    done,
  };
}

/** Calls back when a stream has grown. Where the system has no watches left, it calls at fixed times instead. */
function watchStreams(workerDirectory: string, onGrown: (stream: WorkerStream) => void): () => void {
  try {
    const watcher = watch(workerDirectory, (_event, name) => {
      const stream = WORKER_STREAMS.find((known) => known === name);
      if (stream !== undefined) onGrown(stream);
    });
    watcher.on("error", () => {});
    return () => watcher.close();
  } catch {
    const stop = new AbortController();
    void every(systemClock, UNWATCHED_MS, stop.signal, () => WORKER_STREAMS.forEach(onGrown));
    return () => stop.abort();
  }
}
