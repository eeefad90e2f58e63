import type { Directive } from "@millrace/protocol/agent-api.gen";
import type { CourierListener } from "@millrace/protocol/journal/courier";
import type { CourierAssignment, FromCourier, ToCourier } from "@millrace/protocol/journal/courier-messages";

/** The courier as the worker's main thread sees it. */
export interface CourierHandle {
  /** Says that the attempt is about to run user code; resolves with the control plane's word, however long that takes. */
  start(assignment: CourierAssignment, listener: CourierListener): Promise<Directive>;
  poke(): void;
  /** Says that the main thread is not blocked. */
  pulse(): void;
  /** Says that what happens can't be written down, and why; null: it can again. */
  hold(by: string | null): void;
  /** Nothing more will be written: resolves when everything is delivered, or with why it can't be. */
  complete(): Promise<string | null>;
  /** Whether the courier alone keeps the process alive: an idle one is no reason, a run that waits for nothing must be noticed. */
  holdProcess(hold: boolean): void;
}

/** What a courier at the other end of a channel says, for the worker that waits for it. */
export interface CourierWords {
  hear(message: FromCourier): void;
  listener: CourierListener | null;
  readonly started: Promise<Directive>;
  readonly completed: Promise<string | null>;
}

/** Tells apart what comes from a courier. */
export function hearCourier(): CourierWords {
  const started = Promise.withResolvers<Directive>();
  const completed = Promise.withResolvers<string | null>();
  started.promise.catch(() => {}); // Whoever starts the attempt sees it.
  const words: CourierWords = {
    listener: null,
    started: started.promise,
    completed: completed.promise,
    hear(message) {
      switch (message.type) {
        case "started":
          started.resolve(message.directive);
          break;
        case "directive":
          words.listener?.onDirective(message.directive);
          break;
        case "notice":
          words.listener?.onNotice(message.message);
          break;
        case "completed":
          completed.resolve(message.failure);
          if (message.failure !== null) started.reject(new Error(message.failure));
          break;
      }
    },
  };
  return words;
}

/** What the courier's thread hears. */
export type ToCourierThread = ToCourier | { readonly type: "start"; readonly assignment: CourierAssignment };

/**
 * Starts a courier in a thread of its own.
 *
 * @param file the thread's own bundled file.
 * @param agentApiUrl where a run is expected to report, to connect ahead; null when that is not known.
 */
export function startCourierThread(file: string, agentApiUrl: string | null): CourierHandle {
  // Not imported: a process of one step shares this file's bundle and has no thread, whose module takes 3 ms to load.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const thread = new Worker(file, { workerData: { agentApiUrl }, execArgv: [], name: "courier" });
  const words = hearCourier();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins, windows have
  const tellCourier = (message: ToCourierThread): void => thread.postMessage(message);

  thread.on("message", (message: FromCourier) => words.hear(message));
  // A crash of the courier is a bug of ours: the process ends, and the agent delivers what is on disk.
  thread.on("error", (error) => {
    process.stderr.write(
      `millrace: the courier of this worker crashed: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(1);
  });

  return {
    start(assignment, listener) {
      words.listener = listener;
      tellCourier({ type: "start", assignment });
      return words.started;
    },
    poke: () => tellCourier({ type: "poke" }),
    pulse: () => tellCourier({ type: "pulse" }),
    hold: (by) => tellCourier({ type: "held", by }),
    complete() {
      tellCourier({ type: "complete" });
      return words.completed;
    },
    holdProcess(hold) {
      if (hold) thread.ref();
      else thread.unref();
    },
  };
}
