import type { ErrorInfo } from "@millrace/model/run-event";
import type { Directive } from "@millrace/protocol/agent-api.gen";
import type { CourierListener } from "@millrace/protocol/journal/courier";
import type { RunQuestion } from "millrace/internal/context/remote-run-instance";
import type { CourierAssignment, FromCourier, ToCourier } from "./courier-messages.ts";
import { QuestionFailed } from "./question-failed.ts";

/** The courier as the worker's main thread sees it. */
export interface CourierHandle {
  /** Says that the attempt is about to run user code; resolves with the control plane's word, however long that takes. */
  start(assignment: CourierAssignment, listener: CourierListener): Promise<Directive>;
  poke(): void;
  /**
   * Asks the control plane, for as long as that takes; the process stays alive until there is an answer.
   *
   * @throws QuestionFailed when it refuses.
   */
  ask(question: RunQuestion): Promise<unknown>;
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
  // Not imported: a process of one step shares this file's bundle and has no thread, whose module takes 3 ms to load.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const thread = new Worker(file, { workerData: { agentApiUrl }, execArgv: [], name: "courier" });
  const started = Promise.withResolvers<Directive>();
  const completed = Promise.withResolvers<ErrorInfo | null>();
  const questions = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  let held = true;
  let listener: CourierListener | null = null;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origins, windows have
  const say = (message: ToCourier): void => thread.postMessage(message);

  /** An idle courier is no reason to stay alive: a run that waits for nothing must be noticed. */
  function holdOrLet(): void {
    if (held || questions.size > 0) thread.ref();
    else thread.unref();
  }

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
      case "answer": {
        const question = questions.get(message.id);
        questions.delete(message.id);
        holdOrLet();
        if (message.error === null) question?.resolve(message.answer);
        else question?.reject(new QuestionFailed(message.error));
        break;
      }
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
    ask(question) {
      const id = ++asked;
      const answer = Promise.withResolvers<unknown>();
      questions.set(id, answer);
      holdOrLet();
      say({ type: "ask", id, question });
      return answer.promise;
    },
    complete() {
      say({ type: "complete" });
      return completed.promise;
    },
    holdProcess(hold) {
      held = hold;
      holdOrLet();
    },
  };
}
