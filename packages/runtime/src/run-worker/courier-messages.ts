import type { RunQuestion } from "millrace/internal/context/remote-run-instance";
import type { ErrorInfo } from "@millrace/model/run-event";
import type { Directive } from "@millrace/protocol/agent-api.gen";
import type { WorkerIdentity } from "@millrace/protocol/journal/courier";

/** What the courier's thread needs to speak for an attempt. */
export interface CourierAssignment {
  readonly runId: string;
  readonly attempt: number;
  readonly runToken: string;
  readonly agentApiUrl: string;
  readonly workerDirectory: string;
  readonly worker: WorkerIdentity;
}

/** From the worker's main thread to the courier's. */
export type ToCourier =
  | { readonly type: "start"; readonly assignment: CourierAssignment }
  /** The event journal has grown. */
  | { readonly type: "poke" }
  /** Something that the run asks the control plane; `id` is the answer's. */
  | { readonly type: "ask"; readonly id: number; readonly question: RunQuestion }
  /** Nothing more will be written. */
  | { readonly type: "complete" };

/** From the courier's thread to the worker's main thread. */
export type FromCourier =
  | { readonly type: "started"; readonly directive: Directive }
  | { readonly type: "directive"; readonly directive: Exclude<Directive, "CONTINUE"> }
  | { readonly type: "notice"; readonly message: string }
  /** The answer to a question, or why there is none. */
  | {
      readonly type: "answer";
      readonly id: number;
      readonly answer: unknown;
      readonly error: ErrorInfo | null;
    }
  /** Everything is delivered; `error` says why not. */
  | { readonly type: "completed"; readonly error: ErrorInfo | null };
