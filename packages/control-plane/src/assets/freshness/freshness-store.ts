import { sql, type RawBuilder } from "kysely";
import type { FreshnessState } from "@millrace/model/freshness/evaluate-freshness";
import type { FollowedFreshness, KnownFreshness } from "@millrace/model/freshness/follow-freshness";
import type { Db, Trx } from "../../database/connect.ts";

/** An asset whose freshness may have changed. */
export interface DueAsset {
  readonly assetId: string;
  /** The policy as the snapshot has it. */
  readonly policy: string;
  /** Milliseconds since the epoch; null: never. */
  readonly materializedAt: number | null;
  /** Null: it was never looked at. */
  readonly known: KnownFreshness | null;
}

const milliseconds = (column: string) => sql`(extract(epoch from ${sql.ref(column)}) * 1000)::float8`;

/**
 * The assets, among those with these policies, that time, a materialization or another policy may have changed.
 *
 * @returns with them the database's time, milliseconds since the epoch.
 */
export async function listDueAssets(
  db: Db,
  deploymentId: string,
  policies: ReadonlyMap<string, string>,
): Promise<{ readonly now: number; readonly assets: readonly DueAsset[] }> {
  const { rows } = await sql<{
    assetId: string | null;
    policy: string;
    materializedAt: number | null;
    state: FreshnessState | null;
    knownAt: number | null;
    nextChangeAt: number | null;
    isSamePolicy: boolean;
    now: number;
  }>`
    with due as (
      select a.id, w.policy, a.last_materialized_at, f.state, f.materialized_at, f.next_change_at, f.policy is not distinct from w.policy as same
      from unnest(${[...policies.keys()]}::text[], ${[...policies.values()]}::text[]) as w (key, policy)
      join asset a on a.deployment_id = ${deploymentId} and a.key = w.key
      left join asset_freshness f on f.asset_id = a.id
      where f.asset_id is null or f.policy <> w.policy or f.next_change_at <= now()
        or f.materialized_at is distinct from a.last_materialized_at
    )
    select due.id as "assetId", due.policy, ${milliseconds("due.last_materialized_at")} as "materializedAt", due.state,
      ${milliseconds("due.materialized_at")} as "knownAt", ${milliseconds("due.next_change_at")} as "nextChangeAt",
      due.same as "isSamePolicy", (extract(epoch from now()) * 1000)::float8 as now
    from (select) one left join due on true order by due.id`.execute(db);
  const assets = rows.flatMap(
    ({ assetId, state, knownAt, nextChangeAt, isSamePolicy, ...row }): DueAsset[] => {
      if (assetId === null) return [];
      const { policy, materializedAt } = row;
      if (state === null) return [{ assetId, policy, materializedAt, known: null }];
      // Another policy is another question: it is judged anew as of now.
      const known = isSamePolicy
        ? { state, materializedAt: knownAt, nextChangeAt }
        : { state, materializedAt, nextChangeAt: row.now };
      return [{ assetId, policy, materializedAt, known }];
    },
  );
  return { now: rows[0]?.now ?? 0, assets };
}

/** Stores what has become of the freshness of assets, and each change of it. */
export async function storeFreshness(
  trx: Trx,
  deploymentId: string,
  assets: readonly (FollowedFreshness & Pick<DueAsset, "assetId" | "policy">)[],
): Promise<void> {
  const json = JSON.stringify(
    assets.map(({ changes, ...asset }) => ({ ...asset, changedAt: changes.at(-1)?.at ?? null })),
  );
  // As the asset has it, which is finer than a millisecond; what came since it was read is looked at next.
  const seenAt = sql`case when abs(extract(epoch from a.last_materialized_at) * 1000 - n."materializedAt") < 1
    then a.last_materialized_at else to_timestamp(n."materializedAt" / 1000) end`;
  const instant = (column: string) => sql`to_timestamp(${sql.ref(column)} / 1000)`;
  // Before the rows that a wipe of the asset deletes: each insert waits for a wipe that is under way.
  const changes = assets.flatMap(({ assetId, changes: all }) =>
    all.map((change) => ({ ...change, assetId })),
  );
  await sql`
    insert into asset_freshness_change (deployment_id, asset_id, previous_state, state, changed_at)
    select ${deploymentId}, c."assetId", c.previous, c.state, ${instant("c.at")}
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as c ("assetId" uuid, previous text, state text, at float8)
    join asset a on a.id = c."assetId" order by c.at`.execute(trx);
  await sql`
    insert into asset_freshness as known (asset_id, deployment_id, policy, materialized_at, state, changed_at, next_change_at)
    select n."assetId", ${deploymentId}, n.policy, ${seenAt}, n.state, coalesce(${instant("n.changedAt")}, now()), ${instant("n.nextChangeAt")}
    from jsonb_to_recordset(${json}::jsonb) as n ("assetId" uuid, policy text, "materializedAt" float8, state text, "changedAt" float8, "nextChangeAt" float8)
    join asset a on a.id = n."assetId"
    on conflict (asset_id) do update set policy = excluded.policy, materialized_at = excluded.materialized_at, state = excluded.state,
      changed_at = case when known.state = excluded.state then known.changed_at else excluded.changed_at end,
      next_change_at = excluded.next_change_at`.execute(trx);
}

/** Whether there are assets without a policy whose freshness is known. */
export async function hasOthers(
  db: Db,
  deploymentId: string,
  keysWithPolicy: readonly string[],
): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists (select from asset_freshness f join asset a on a.id = f.asset_id
      where f.deployment_id = ${deploymentId} and ${isNoneOf(keysWithPolicy)}) as found`.execute(db);
  return rows[0]?.found ?? false;
}

/** Forgets the freshness of assets that have no policy any more. */
export async function forgetFreshness(
  trx: Trx,
  deploymentId: string,
  keysWithPolicy: readonly string[],
): Promise<void> {
  await sql`
    delete from asset_freshness f using asset a
    where f.deployment_id = ${deploymentId} and a.id = f.asset_id and ${isNoneOf(keysWithPolicy)}`.execute(
    trx,
  );
}

/** Joined, and so hashed: each of ten thousand keys looked for among as many, one by one, took seconds. */
function isNoneOf(keys: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`not exists (select from unnest(${keys}::text[]) as own (key) where own.key = a.key)`;
}

/** How fresh an asset is, and since when. */
export interface AssetFreshness {
  readonly state: FreshnessState;
  readonly changedAt: Date;
  /** When time alone may change it next; null: never. */
  readonly nextChangeAt: Date | null;
}

/** How fresh assets with a policy are, by key. */
export async function findFreshness(
  db: Db,
  deploymentId: string,
  keys: readonly string[],
): Promise<Map<string, AssetFreshness>> {
  const { rows } = await sql<AssetFreshness & { key: string }>`
    select a.key, f.state, f.changed_at as "changedAt", f.next_change_at as "nextChangeAt"
    from asset a join asset_freshness f on f.asset_id = a.id
    where a.deployment_id = ${deploymentId} and a.key = any(${keys}::text[])`.execute(db);
  return new Map(rows.map(({ key, ...freshness }) => [key, freshness]));
}

/** A change of an asset's freshness that is kept. */
export interface StoredFreshnessChange {
  readonly id: string;
  readonly previousState: FreshnessState;
  readonly state: FreshnessState;
  /** When the deadline passed, or the asset was materialized. */
  readonly changedAt: Date;
}

/** The newest changes of an asset's freshness, newest first. */
export async function listFreshnessChanges(
  db: Db,
  deploymentId: string,
  assetKey: string,
  limit: number,
): Promise<StoredFreshnessChange[]> {
  const { rows } = await sql<StoredFreshnessChange>`
    select id::text, previous_state as "previousState", state, changed_at as "changedAt" from asset_freshness_change
    where asset_id = (select id from asset where deployment_id = ${deploymentId} and key = ${assetKey})
    order by id desc limit ${limit}`.execute(db);
  return rows;
}
