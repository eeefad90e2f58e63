import type { ReadyStep } from "@millrace/model/steps/step-machine";
import { emit } from "../scope/emit.ts";
import type { RunScope } from "../scope/run-scope.ts";

/** Milliseconds for which one request waits for a slot: shorter than anybody on the way cuts requests that are silent. */
const HELD_MS = 20_000;

/** The slots of pools that the steps of one run have, or wait for. */
export interface PoolSlots {
  /** Whether a step may start: it needs no slot, or has its own. */
  mayStart(ready: ReadyStep): boolean;
  /** Waits until a step that may not start has its slot, or the run is interrupted. */
  claim(ready: ReadyStep): Promise<void>;
  /** Gives back the slot of a step's attempt that has ended, without waiting for the answer. */
  free(ready: ReadyStep): void;
}

/**
 * Claims slots of the deployment's pools for steps before they start. The deployment hears of a slot that is free again at once;
 * what it does not hear, because the worker ends, it knows by the end of the attempt.
 *
 * @param poolOf The pool of a step of the graph; null: it needs no slot.
 * @param most How many steps of the run can run at once: it claims no more slots of a pool than it could use.
 */
export function createPoolSlots(
  scope: RunScope,
  poolOf: (graphKey: string) => string | null,
  most: number,
): PoolSlots {
  const { instance, signal } = scope;
  const held = new Set<string>();
  /** Steps that have a slot of a pool or have asked for one, and those that may ask when one of these is through with it. */
  const lines = new Map<string, { claiming: number; readonly behind: (() => void)[] }>();
  /** By step: the next attempt must not claim what the one before it still gives back. */
  const leaving = new Map<string, Promise<void>>();

  async function standInLine(pool: string): Promise<void> {
    const line = lines.get(pool) ?? { claiming: 0, behind: [] };
    lines.set(pool, line);
    if (line.claiming < most) line.claiming++;
    else await new Promise<void>((resolve) => line.behind.push(resolve));
  }

  function leaveLine(pool: string): void {
    const line = lines.get(pool);
    const next = line?.behind.shift();
    if (next !== undefined) next();
    else if (line !== undefined) line.claiming--;
  }

  return {
    mayStart: ({ graphKey, stepKey }) => held.has(stepKey) || poolOf(graphKey) === null,
    async claim({ graphKey, stepKey }) {
      const pool = poolOf(graphKey);
      if (pool === null) return;
      await standInLine(pool);
      await leaving.get(stepKey);
      let granted = await instance.claimPoolSlot(stepKey, pool, 0);
      if (!granted && !signal.aborted) {
        emit(scope, {
          type: "ENGINE_EVENT",
          stepKey,
          error: null,
          metadata: {},
          message: `Step ${stepKey} waits for a slot of pool ${pool}`,
        });
      }
      while (!granted && !signal.aborted) granted = await instance.claimPoolSlot(stepKey, pool, HELD_MS);
      if (granted) held.add(stepKey);
    },
    free({ graphKey, stepKey }) {
      const pool = poolOf(graphKey);
      if (pool === null || !held.delete(stepKey)) return;
      leaveLine(pool);
      const freed = instance.freePoolSlot(stepKey).catch(() => {}); // refused: the attempt is over, and its slots with it
      leaving.set(stepKey, freed);
      void freed.then(() => leaving.get(stepKey) === freed && leaving.delete(stepKey));
    },
  };
}
