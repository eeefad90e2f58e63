import { describeWorkerEnd } from "@millrace/model/runs/worker-end";
import type { Clock } from "@millrace/model/time/clock";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import { isServiceError } from "../launchers/code-server-client.ts";
import type { ServingVersion } from "../locations/serving-version.ts";
import { PermanentWorkFailure } from "./permanent-failure.ts";

/** Crashes of the code server amid one schedule's or sensor's evaluation, one after the other, after which it is given up. */
const MAX_CRASHES = 3;
/** How long after a call broke off the end of its code server may become known. */
const NOTICED_WITHIN_MS = 2_000;
/** Suspects that are remembered; others may have taken those that never come again. */
const MAX_SUSPECTS = 1_000;

/** Which evaluation is meant: of a schedule or sensor, one at a time is under way. */
export interface Evaluated {
  readonly locationName: string;
  readonly kind: "schedule" | "sensor";
  readonly name: string;
}

/**
 * Finds out which evaluations crash their code server, so that they do not take others with them for ever. All that were under way at
 * a crash are suspects: these are evaluated one at a time from then on, so the next crash has one cause. What is known is forgotten with the
 * agent: the next one finds out again, with at most as many crashes. Where evaluations kill the agent as well, such as for want of memory
 * in a container, the control plane gives them up after some deliveries (`reap-work.ts`), and in any case at their deadline.
 */
export interface CrashGuard {
  /**
   * Evaluates one tick.
   *
   * @throws PermanentWorkFailure after the third crash in a row; what `ask` throws, once it is known whether the code server crashed.
   */
  evaluate<T>(
    of: Evaluated,
    version: () => Promise<ServingVersion>,
    ask: (version: ServingVersion) => Promise<T>,
  ): Promise<T>;
}

/** A guard that knows no suspects yet. */
export function createCrashGuard(clock: Clock): CrashGuard {
  /** Crashes so far. */
  const suspects = new Map<string, number>();
  /** By location: the suspects that were evaluated so far. */
  const turns = new Map<string, Promise<void>>();

  async function inTurn<T>(locationName: string, work: () => Promise<T>): Promise<T> {
    const before = turns.get(locationName);
    const over = Promise.withResolvers<void>();
    turns.set(locationName, over.promise);
    try {
      await before;
      return await work();
    } finally {
      over.resolve();
      if (turns.get(locationName) === over.promise) turns.delete(locationName);
    }
  }

  function noteCrash(key: string): number {
    const crashes = (suspects.get(key) ?? 0) + 1;
    suspects.delete(key);
    if (crashes < MAX_CRASHES) suspects.set(key, crashes);
    const [oldest] = suspects.keys();
    if (suspects.size > MAX_SUSPECTS && oldest !== undefined) suspects.delete(oldest);
    return crashes;
  }

  return {
    async evaluate({ locationName, kind, name }, findVersion, ask) {
      const key = JSON.stringify([locationName, kind, name]);
      const evaluate = async () => {
        const version = await findVersion();
        try {
          const answer = await ask(version);
          suspects.delete(key);
          return answer;
        } catch (error) {
          if (!isServiceError(error)) throw error;
          const end = await within(clock, NOTICED_WITHIN_MS, version.codeServer.ended);
          if (end === TOO_LATE) throw error;
          const crashes = noteCrash(key);
          const problem = `The code server ${describeWorkerEnd(end)} while ${kind} "${name}" was evaluated`;
          if (crashes < MAX_CRASHES) throw new Error(problem, { cause: error });
          const message = `${problem}, the last ${MAX_CRASHES} times that this was tried: its code must not end or kill the process`;
          throw new PermanentWorkFailure("code_server_crashed", message, { cause: error });
        }
      };
      return suspects.has(key) ? inTurn(locationName, evaluate) : evaluate();
    },
  };
}
