import { sql } from "kysely";
import { restoreSubset, type SerializedSubset } from "@millrace/model/partitions/serialize-subset";
import { subsetKeys } from "@millrace/model/partitions/subset-keys";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { Db } from "../database/connect.ts";
import { BACKFILL_TAG } from "../runs/run-tags.ts";
import { InvariantBroken } from "./stored-history.ts";

interface EndedTarget {
  readonly id: string;
  readonly status: string;
  readonly key: string;
  readonly partitions: string | null;
  readonly targeted: SerializedSubset;
  readonly requested: SerializedSubset;
  readonly materialized: SerializedSubset;
  readonly failed: SerializedSubset;
  readonly skipped: SerializedSubset;
}

/**
 * What must hold of backfills that have ended: none of those that were acknowledged is lost; each of its partitions was launched once;
 * what it says was made is what runs of it made; and unless it was canceled, every partition was made, failed or was skipped.
 */
export async function checkBackfills(db: Db, acknowledged: ReadonlySet<string>): Promise<void> {
  const { rows } = await sql<EndedTarget>`
    select b.id, b.status, t.key, t.partitions, t.targeted, t.requested, t.materialized, t.failed, t.skipped
    from backfill b join backfill_target t on t.backfill_id = b.id`.execute(db);
  for (const id of acknowledged)
    if (!rows.some((target) => target.id === id)) throw new InvariantBroken(`Backfill ${id} is lost`);
  for (const target of rows) await checkTarget(db, target);
}

async function checkTarget(db: Db, target: EndedTarget): Promise<void> {
  const what = `backfill ${target.id} of ${target.key}, ${target.status}`;
  const [targeted, requested, materialized, failed, skipped] = (
    ["targeted", "requested", "materialized", "failed", "skipped"] as const
  ).map((name) => keysOf(target, target[name]));
  const runs = await sql<{ key: string; launches: number; made: boolean }>`
    select coalesce(partition_key, '') as key, count(*) filter (where origin_kind = 'backfill')::integer as launches,
      bool_or(status = 'SUCCESS' or exists (select from run_event e
        where e.run_id = run.id and e.type = 'ASSET_MATERIALIZATION' and e.event ->> 'assetKey' = ${target.key})) as made
    from run where tags ->> ${BACKFILL_TAG}::text = ${target.id} and ${target.key} = any(asset_keys) group by 1`.execute(
    db,
  );
  const twice = runs.rows.find(({ launches }) => launches !== 1);
  if (twice)
    throw new InvariantBroken(`${what}: partition "${twice.key}" was launched ${twice.launches} times`);
  expectSame(
    `${what}: launched`,
    requested,
    runs.rows.map(({ key }) => key),
  );
  expectSame(
    `${what}: made`,
    materialized,
    runs.rows.filter(({ made }) => made).map(({ key }) => key),
  );
  if (target.status !== "CANCELED")
    expectSame(`${what}: all`, targeted, [...(materialized ?? []), ...(failed ?? []), ...(skipped ?? [])]);
}

function keysOf({ partitions }: EndedTarget, stored: SerializedSubset): string[] {
  const definition = partitions === null ? null : (JSON.parse(partitions) as PartitionsDefinition);
  const subset = restoreSubset(definition, stored);
  if (subset === null) throw new InvariantBroken(`A set is not one of ${partitions}`);
  if (subset.type === "whole") return subset.included ? [""] : [];
  return [...subsetKeys(definition, subset)];
}

function expectSame(what: string, one: readonly string[] = [], other: readonly string[]): void {
  const [left, right] = [[...one].sort().join(), [...other].sort().join()];
  if (left !== right) throw new InvariantBroken(`${what}: "${left}" is not "${right}"`);
}
