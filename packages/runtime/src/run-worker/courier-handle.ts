import { Worker } from "node:worker_threads";
import type { ErrorInfo } from "@millrace/model/run-event";
import type { Directive } from "@millrace/protocol/agent-api.gen";
import type { CourierListener } from "@millrace/protocol/journal/courier";
import type { CourierAssignment, FromCourier, ToCourier } from "./courier-messages.ts";

/** The courier as the worker's main thread sees it. */
export interface CourierHandle {
  /** Says that the attempt is about to run user code; resolves with the control plane's word, however long that takes. */
  start(assignment: CourierAssignment, listener: CourierListener): Promise<Directive>;
  poke(): void;
  /** Nothing more will be written: resolves when everything is delivered, or with why it can't be. */
  complete(): Promise<ErrorInfo | null>;
  /** Whether the thread alone keeps the process alive. */
  holdProcess(hold: boolean): void;
}

/**
 * Starts the courier's thread.
 *
 * @param file the thread's own bundled file.
 * @param agentApiUrl where a run is expected to report, to connect ahead; null when that is not known.
 */
export function startCourierThread(file: string, agentApiUrl: string | null): CourierHandle {
  const thread = new Worker(file, { workerData: { agentApiUrl }, execArgv: [], name: "courier" });
  const started = Promise.withResolvers<Directive>();
  const completed = Promise.withResolvers<ErrorInfo | null>();
  let listener: CourierListener | null = null;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins, windows have
  const say = (message: ToCourier): void => thread.postMessage(message);

  thread.on("message", (message: FromCourier) => {
    switch (message.type) {
      case "started":
        started.resolve(message.directive);
        break;
      case "directive":
        listener?.onDirective(message.directive);
        break;
      case "notice":
        listener?.onNotice(message.message);
        break;
      case "completed":
        completed.resolve(message.error);
        if (message.error !== null) started.reject(new Error(message.error.message));
        break;
    }
  });
  // A crash of the courier is a bug of ours: the process ends, and the agent delivers what is on disk.
  thread.on("error", (error) => {
    process.stderr.write(
      `millrace: the courier of this worker crashed: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(1);
  });

  return {
    start(assignment, runListener) {
      listener = runListener;
      say({ type: "start", assignment });
      return started.promise;
    },
    poke: () => say({ type: "poke" }),
    complete() {
      say({ type: "complete" });
      return completed.promise;
    },
    holdProcess(hold) {
      if (hold) thread.ref();
      else thread.unref();
    },
  };
}
