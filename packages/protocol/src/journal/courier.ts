import { performance } from "node:perf_hooks";
import { ExpectedError } from "@millrace/model/expected-error";
import { systemClock } from "@millrace/model/time/clock";
import type { AgentApiClient } from "../agent-api-client.ts";
import { AttemptHeartbeatDocument, StartAttemptDocument, type Directive } from "../agent-api.gen.ts";
import { AttemptSuperseded } from "./attempt-superseded.ts";
import type { Attempt } from "./deliver-events.ts";
import { startDelivery, type Delivery } from "./delivery.ts";
import { untilAnswered } from "./until-answered.ts";
import { createWake } from "@millrace/model/waiting/wake";
import { within } from "@millrace/model/waiting/within";

/** How long a courier waits for what. */
export interface CourierPace {
  /** Milliseconds of silence after which the worker says that it lives. */
  readonly heartbeatMs: number;
  /** Milliseconds without any answer after which the control plane is taken to be gone for good. */
  readonly giveUpMs: number;
  /** Milliseconds of silence of the worker's main thread from which on it counts as blocked. Default: 30 seconds. */
  readonly blockedMs?: number;
  /** Milliseconds for which it may be silent once it was told to stop. Default: 30 seconds. */
  readonly stopGraceMs?: number;
}

const DAY_MS = 24 * 3_600_000;
/** Silence of the worker's main thread, which sends a pulse every two seconds, from which on it counts as blocked. */
const BLOCKED_MS = 30_000;
/** How long one that was told to stop may be silent before nothing but killing its process will stop it; as long as agents wait. */
const STOP_GRACE_MS = 30_000;
/** A heartbeat is a third of an attempt's lease; a week is longer than any outage that somebody means to end. */
const PACE: CourierPace = { heartbeatMs: 5_000, giveUpMs: 7 * DAY_MS };

/** Nobody has answered for so long that a worker stops trying. What is not delivered stays in its folder. */
export class ControlPlaneGone extends ExpectedError {
  readonly code = "control_plane_gone";
}

/** What a courier tells; called on the courier's own thread. */
export interface CourierListener {
  /** The control plane wants the worker to stop. Told once for each directive, unless `startAttempt` answered it. */
  onDirective(directive: Exclude<Directive, "CONTINUE">): void;
  /** Something that is worth an event in the run, in one sentence. */
  onNotice(message: string): void;
  /**
   * The worker was told to stop, and its main thread has not said anything for so long that it never will hear of it. Told once.
   * Left out: somebody else sees to it.
   */
  onStuck?(): void;
}

/** The worker of an attempt, as it introduces itself. */
export interface WorkerIdentity {
  /** Random, made by the worker itself. */
  readonly workerId: string;
  /** Where it runs, for people: `4711@host`. */
  readonly place: string;
  /** The agent that launched it; null: nobody said. */
  readonly agentId: string | null;
  /** Digest of the code that it has loaded, or null when that is not known. */
  readonly codeDigest: string | null;
  /** The worker for which the launch began the attempt, and which never had it; left out: there is none. */
  readonly insteadOf?: string;
}

/** Brings one attempt's journal and output to the control plane while they grow, and says that the worker lives. */
export interface Courier {
  /** Says that the worker is about to run user code, until it is answered. */
  startAttempt(): Promise<Directive>;
  /** Begins to deliver and to say that the worker lives, once the attempt has started. */
  deliver(): void;
  /** The event journal has grown. */
  poke(): void;
  /** The worker's main thread has said something, so that it is not blocked. */
  hearWorker(): void;
  /** The worker can't write down what happens, and why, which is told at once, without the disk; null: it can again. */
  hold(by: string | null): void;
  /**
   * Nothing more will be written: delivers what is left and ends.
   *
   * @throws AttemptSuperseded when the rest is not wanted.
   */
  complete(): Promise<void>;
  /** Another courier goes on for the attempt: nothing more is delivered or said, and what waits fails. */
  abandon(): void;
}

/**
 * Creates the courier of a running worker.
 *
 */
export function createCourier(
  client: AgentApiClient,
  { runId, attempt }: Attempt,
  worker: WorkerIdentity,
  workerDirectory: string,
  listener: CourierListener,
  { heartbeatMs, giveUpMs, blockedMs = BLOCKED_MS, stopGraceMs = STOP_GRACE_MS }: CourierPace = PACE,
): Courier {
  const { workerId } = worker;
  const stopped = new AbortController();
  const { signal } = stopped;
  const told = new Set<Directive>();
  let lastAnswer = performance.now();
  let lastBeat = lastAnswer;
  let delivery: Delivery | null = null;
  /** How long the worker's main thread has been silent. */
  let silentMs = 0;
  let wasHeard = false;
  /** Whether the control plane was told last that the main thread is blocked. */
  let saidBlocked = false;
  let stopToldAt: number | null = null;
  /** Why the worker can't write down what happens; null: it can. And what the control plane was told last of that. */
  let heldBy: string | null = null;
  let saidHeldBy: string | null = null;
  const heldChanged = createWake();
  const ended = new AbortController();

  function onAnswer(directive: Directive): void {
    lastAnswer = performance.now();
    if (directive === "CONTINUE" || told.has(directive)) return;
    told.add(directive);
    stopToldAt ??= lastAnswer;
    listener.onDirective(directive);
    if (directive === "SUPERSEDED")
      stopped.abort(new AttemptSuperseded(`Attempt ${attempt} of run ${runId} is superseded`));
  }

  /** A worker whose control plane was taken down for good must not stay for ever. */
  async function giveUpInTime(): Promise<void> {
    while (!signal.aborted) {
      const left = lastAnswer + giveUpMs - performance.now();
      if (left > 0) await systemClock.sleep(left, signal);
      else
        stopped.abort(
          new ControlPlaneGone(
            `The control plane has not answered for ${Math.round(giveUpMs / DAY_MS)} days; the worker gives up, and its journal stays in ${workerDirectory}`,
          ),
        );
    }
  }

  /** An attempt that nobody wants any more ends the whole courier, whichever request heard of it. */
  function endWith(error: unknown): void {
    if (signal.aborted) return;
    if (error instanceof AttemptSuperseded) onAnswer("SUPERSEDED");
    else stopped.abort(error);
  }

  /** Time in which this thread did not look either, as the whole process was stopped, is not the main thread's silence. */
  async function watchWorker(): Promise<void> {
    for (let lookedAt = performance.now(), isStuck = false; !isStuck;) {
      await systemClock.sleep(heartbeatMs, ended.signal);
      if (ended.signal.aborted) return;
      const now = performance.now();
      silentMs = wasHeard ? 0 : silentMs + Math.min(now - lookedAt, heartbeatMs * 2);
      wasHeard = false;
      lookedAt = now;
      isStuck = stopToldAt !== null && Math.min(silentMs, now - stopToldAt) >= stopGraceMs;
      if (isStuck) listener.onStuck?.();
    }
  }

  /** Until the run's last event is under way: after it, "superseded" by a final status is nothing new. */
  async function keepAlive(started: Delivery): Promise<void> {
    while (!started.isEnding()) {
      const isBlocked = silentMs >= blockedMs;
      // What processes of a blocked worker print is answered too, and says nothing of it.
      const since = isBlocked || saidBlocked ? lastBeat : lastAnswer;
      const due = heldBy === saidHeldBy ? since + heartbeatMs - performance.now() : 0;
      if (due > 0) {
        await within(systemClock, due, heldChanged.wait(), signal);
        continue; // Another answer may have come meanwhile.
      }
      const options = { signal, timeoutMs: heartbeatMs * 2 };
      const blockedSeconds = isBlocked ? Math.round(silentMs / 1_000) : null;
      const held = heldBy;
      const beat = { runId, attempt, workerId, blockedSeconds, heldBy: held };
      const answer = await untilAnswered(() => client.send(AttemptHeartbeatDocument, beat, options), signal);
      lastBeat = performance.now();
      saidBlocked = isBlocked;
      saidHeldBy = held;
      if (!started.isEnding()) onAnswer(answer.attemptHeartbeat);
    }
  }

  async function askToStart(): Promise<Directive> {
    try {
      const input = { runId, attempt, ...worker };
      const answer = await untilAnswered(
        () => client.send(StartAttemptDocument, { input }, { signal }),
        signal,
      );
      return answer.startAttempt;
    } catch (error) {
      if (error instanceof AttemptSuperseded) return "SUPERSEDED";
      throw error;
    }
  }

  void giveUpInTime();
  return {
    async startAttempt() {
      const directive = await askToStart();
      lastAnswer = performance.now();
      told.add(directive);
      return directive;
    },
    deliver() {
      const onNotice = (message: string): void => listener.onNotice(message);
      delivery = startDelivery(
        client,
        { runId, attempt, workerId },
        workerDirectory,
        { onAnswer, onNotice },
        signal,
      );
      delivery.done.catch(endWith);
      keepAlive(delivery).catch(endWith);
      void watchWorker();
    },
    poke() {
      delivery?.poke();
    },
    hearWorker() {
      wasHeard = true;
    },
    hold(by) {
      heldBy = by;
      heldChanged.wake();
    },
    async complete() {
      delivery?.complete();
      try {
        await delivery?.done;
      } finally {
        stopped.abort(new Error("the courier has ended"));
        ended.abort();
      }
    },
    abandon() {
      stopped.abort(new Error("another courier goes on"));
      ended.abort();
    },
  };
}
