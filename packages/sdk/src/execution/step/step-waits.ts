import { MAX_SECONDS, parseSeconds } from "@millrace/model/seconds";
import type { Wait } from "@millrace/model/run-event";
import { explainInvalidText } from "@millrace/model/text-limits";
import { showValue } from "@millrace/model/show-value";
import type { StepMemory } from "@millrace/model/steps/step-memory";
import { WaitTimedOut, type StepWaiting, type WaitOptions } from "../../context/step-waiting.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { InvalidWait } from "../scope/step-failures.ts";

/**
 * Milliseconds from which on a wait gives up its process, and a run that only waits its worker: going on takes a process that loads the
 * code, and the step's inputs, once more.
 */
export const WORTH_GIVING_UP_MS = 10_000;

/** How a call of a step's code ended before the code did: it waits, and is called again. */
export interface Suspension {
  /** In milliseconds since the epoch. */
  readonly until: number;
  /** The waits that this call has come to and no call before. */
  readonly waits: StepMemory["waits"];
}

/** The waits of one call of a step's code. */
export interface StepWaits {
  readonly methods: StepWaiting;
  /** Resolves when the code gives up its place. */
  readonly suspended: Promise<Suspension>;
}

/**
 * Creates the waits of a call.
 *
 * @param signal Aborted when the call is interrupted.
 * @param givesUp Whether a long wait may end the call; else it is sat out.
 */
export function createStepWaits(
  scope: RunScope,
  stepKey: string,
  signal: AbortSignal,
  givesUp: boolean,
): StepWaits {
  const known = new Map(Object.entries(scope.memory.of(stepKey).waits));
  const fresh: Record<string, Wait> = {};
  const counts = new Map<string, number>();
  const suspended = Promise.withResolvers<Suspension>();

  function nameOf(method: keyof StepWaiting, { name }: WaitOptions): string {
    const problem = name === undefined ? null : explainInvalidText(name);
    if (problem !== null) throw new InvalidWait(`The name of a wait ${problem}`);
    const label = name === undefined ? method : `${method} ${name}`;
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    return `${label} ${count}`;
  }

  function note(name: string, wait: Wait): Wait {
    known.set(name, wait);
    fresh[name] = wait;
    return wait;
  }

  /** `now` is what the caller counted with: a second look at the clock would find a bit less than ten seconds left of ten. */
  async function pass(until: number, now: number): Promise<void> {
    signal.throwIfAborted();
    const left = until - now;
    if (left <= 0) return;
    if (givesUp && left >= WORTH_GIVING_UP_MS) {
      suspended.resolve({ until, waits: fresh });
      return new Promise<never>(() => {});
    }
    await scope.letTimePass(left, signal);
    signal.throwIfAborted();
  }

  /** Waits until what was said when the code came here first. */
  function passFirst(name: string, untilOf: (now: number) => number): Promise<void> {
    const since = scope.clock.now();
    return pass((known.get(name) ?? note(name, { since, until: untilOf(since) })).until, since);
  }

  const methods: StepWaiting = {
    async sleep(seconds, options = {}) {
      const milliseconds = parseSeconds("sleep", seconds, "zero") * 1000;
      await passFirst(nameOf("sleep", options), (now) => now + milliseconds);
    },
    async sleepUntil(date, options = {}) {
      const until = date instanceof Date ? date.getTime() : NaN;
      if (!(until - scope.clock.now() <= MAX_SECONDS * 1000))
        throw new InvalidWait(
          `sleepUntil takes a date that is at most ten years away, not ${Number.isNaN(until) ? showValue(date) : date.toISOString()}`,
        );
      await passFirst(nameOf("sleepUntil", options), () => until);
    },
    async waitFor<T>(poll: () => T | Promise<T>, options: Parameters<StepWaiting["waitFor"]>[1]) {
      const everyMs = parseSeconds("every", options.every, "more_than_zero") * 1000;
      const { timeout = null } = options;
      const timeoutMs = timeout === null ? Infinity : parseSeconds("timeout", timeout, "zero") * 1000;
      const name = nameOf("waitFor", options);
      const since = known.get(name)?.since ?? scope.clock.now();
      for (;;) {
        const answer = await poll();
        if (isAnswer(answer)) return answer;
        const now = scope.clock.now();
        const end = since + timeoutMs;
        if (timeout !== null && now >= end) throw new WaitTimedOut(timeout);
        const { until } = note(name, { since, until: Math.min(now + everyMs, end) });
        await pass(until, now);
      }
    },
  };
  return { methods, suspended: suspended.promise };
}

function isAnswer<T>(answer: T): answer is Exclude<T, false | null | undefined> {
  return answer !== undefined && answer !== null && answer !== false;
}
