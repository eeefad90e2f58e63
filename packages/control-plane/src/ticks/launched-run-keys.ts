import type { Db } from "../database/connect.ts";
import { runIdOfKey } from "../runs/run-id.ts";
import { findRuns } from "../runs/run-store.ts";
import type { EvaluatedTick } from "./tick-token.ts";

/** Whose run keys are meant. */
type KeyedTick = Pick<EvaluatedTick, "locationName" | "kind" | "keyName">;

/** The key with which a run is launched that a schedule or sensor asks for with a run key: two such runs are one. */
export function launchKeyOf({ locationName, kind, keyName }: KeyedTick, runKey: string): string {
  return JSON.stringify([kind, locationName, keyName, runKey]);
}

/** Those of some run keys with which the schedule or sensor has launched a run that is still known, in the order asked. */
export async function findLaunchedRunKeys(
  db: Db,
  tick: EvaluatedTick,
  runKeys: readonly string[],
): Promise<string[]> {
  const { deploymentId } = tick;
  const ids = new Map(runKeys.map((key) => [key, runIdOfKey(deploymentId, launchKeyOf(tick, key))]));
  const known = await findRuns(db, deploymentId, [...ids.values()]);
  return runKeys.filter((key) => known.has(ids.get(key) ?? ""));
}
