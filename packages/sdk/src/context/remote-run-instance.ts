import type { AssetState, AssetStateEvent } from "@millrace/model/data-versions/asset-state";
import type { SeenRun } from "@millrace/model/seen-run";
import type { RunInstance } from "./run-instance.ts";

/** One question of a run, as it travels to whoever can answer it. */
export interface RunQuestion {
  readonly method: keyof RunInstance;
  /** Plain JSON data. */
  readonly args: readonly unknown[];
}

/**
 * A deployment that is asked elsewhere: in another thread or process.
 *
 * @param ask carries a question there, and its answer or failure back.
 */
export function remoteRunInstance(ask: (question: RunQuestion) => Promise<unknown>): RunInstance {
  return {
    listDynamicPartitions: (...args) =>
      ask({ method: "listDynamicPartitions", args }) as Promise<readonly string[]>,
    addDynamicPartitions: (...args) => ask({ method: "addDynamicPartitions", args }) as Promise<void>,
    deleteDynamicPartitions: (...args) => ask({ method: "deleteDynamicPartitions", args }) as Promise<void>,
    claimPoolSlot: (...args) => ask({ method: "claimPoolSlot", args }) as Promise<boolean>,
    freePoolSlot: (...args) => ask({ method: "freePoolSlot", args }) as Promise<void>,
    listAssetPartitions: (...args) =>
      ask({ method: "listAssetPartitions", args }) as Promise<readonly string[]>,
    listAssetHistory: (...args) =>
      ask({ method: "listAssetHistory", args }) as Promise<readonly AssetStateEvent[]>,
    listRuns: (...args) => ask({ method: "listRuns", args }) as Promise<readonly SeenRun[]>,
    findAssetStates: (...args) => ask({ method: "findAssetStates", args }) as Promise<readonly AssetState[]>,
  };
}

/** Answers a question that came from a `remoteRunInstance`. */
export function answerQuestion(instance: RunInstance, { method, args }: RunQuestion): Promise<unknown> {
  return (instance[method] as (...args: readonly unknown[]) => Promise<unknown>).apply(instance, [...args]);
}
