import { sql } from "kysely";
import type { Db, Trx } from "../database/connect.ts";
import { runIdOfKey } from "../runs/run-id.ts";
import type { EvaluatedTick } from "./tick-token.ts";

/** Whose run keys are meant. */
type KeyedTick = Pick<EvaluatedTick, "locationName" | "kind" | "keyName">;

/** The key with which a run is launched that a schedule or sensor asks for with a run key: two such runs are one. */
export function launchKeyOf({ locationName, kind, keyName }: KeyedTick, runKey: string): string {
  return JSON.stringify([kind, locationName, keyName, runKey]);
}

/** A run key of a schedule or sensor, as the id of its run. */
export interface KeptRunKey {
  readonly instigatorId: string;
  readonly runId: string;
}

/**
 * Keeps run keys for as long as their schedule or sensor is known, which must be held.
 *
 * @returns the ids of those that were not kept before.
 */
export async function keepRunKeys(trx: Trx, keys: readonly KeptRunKey[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    insert into launched_run_key (run_id, instigator_id)
    select distinct * from unnest(${keys.map(({ runId }) => runId)}::uuid[], ${keys.map(({ instigatorId }) => instigatorId)}::uuid[])
    on conflict do nothing returning run_id as id`.execute(trx);
  return new Set(rows.map(({ id }) => id));
}

/** Those of some run keys with which the schedule or sensor has launched a run, in the order asked. */
export async function findLaunchedRunKeys(
  db: Db,
  tick: EvaluatedTick,
  runKeys: readonly string[],
): Promise<string[]> {
  const { deploymentId } = tick;
  const ids = new Map(runKeys.map((key) => [key, runIdOfKey(deploymentId, launchKeyOf(tick, key))]));
  const { rows } = await sql<{ id: string }>`
    select run_id as id from launched_run_key where run_id = any(${[...ids.values()]}::uuid[])
    union all select id from run where id = any(${[...ids.values()]}::uuid[])`.execute(db);
  const known = new Set(rows.map(({ id }) => id));
  return runKeys.filter((key) => known.has(ids.get(key) ?? ""));
}
