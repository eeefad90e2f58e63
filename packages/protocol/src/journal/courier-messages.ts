import type { Directive } from "../agent-api.gen.ts";
import type { Attempt } from "./deliver-events.ts";
import type { WorkerIdentity } from "./courier.ts";

/** What a courier needs to speak for an attempt. */
export interface CourierAssignment extends Attempt {
  readonly runToken: string;
  readonly agentApiUrl: string;
  readonly workerDirectory: string;
  readonly worker: WorkerIdentity;
}

/** Milliseconds from one pulse of a worker to the next: shorter than what a courier takes for silence, longer than short runs. */
export const PULSE_MS = 2_000;

/** From a worker to the courier that speaks for it, in a thread of its own or lent by its agent. */
export type ToCourier =
  /** The event journal has grown. */
  | { readonly type: "poke" }
  /** The main thread is not blocked: every `PULSE_MS`. */
  | { readonly type: "pulse" }
  /** What happens can't be written down, and why; null: it can again. */
  | { readonly type: "held"; readonly by: string | null }
  /** Nothing more will be written. */
  | { readonly type: "complete" };

/** Tells what is for the courier from what else comes over a channel that the author's code may use as well. */
export function isToCourier(message: unknown): message is ToCourier {
  if (typeof message !== "object" || message === null || !("type" in message)) return false;
  return ["poke", "pulse", "held", "complete"].includes(String(message.type));
}

/** From that courier to its worker. */
export type FromCourier =
  /** Whether the attempt may begin. */
  | { readonly type: "started"; readonly directive: Directive }
  | { readonly type: "directive"; readonly directive: Exclude<Directive, "CONTINUE"> }
  /** Something that is worth an event in the run, in one sentence. */
  | { readonly type: "notice"; readonly message: string }
  /** Everything is delivered; `failure` says why not. */
  | { readonly type: "completed"; readonly failure: string | null };
