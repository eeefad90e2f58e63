import { sql, type RawBuilder } from "kysely";
import { RUN_STATUSES } from "@millrace/model/run-status";
import type { RunFilter } from "./run-filter.ts";

/** The runs that one condition allows, as an index has them: `id` and `created_at`, newest first. */
export interface RunSource {
  /** Its newest runs. */
  newest(limit: number): RawBuilder<unknown>;
  /** All of its runs, in any order. */
  readonly all: RawBuilder<unknown>;
  /** Whether the run with this id is one of them. */
  holds(id: RawBuilder<unknown>): RawBuilder<unknown>;
}

/**
 * The sources of which the filter allows what all of them have. What is likely to have fewest comes first.
 *
 * @param assetNames All keys that the asset of the filter has had; empty: it names none.
 */
export function listRunSources(
  deploymentId: string,
  filter: RunFilter,
  assetNames: readonly string[],
  after: string | RawBuilder<unknown> | null,
): readonly [RunSource, ...RunSource[]] {
  const within = boundsOf(deploymentId, filter, after);
  const assets = assetNames.length === 0 ? [] : [assetSource(deploymentId, assetNames, within)];
  const tags = (filter.tags ?? []).map((tag) => tagSource(deploymentId, tag, within));
  const runs =
    filter.statuses != null || filter.jobName != null ? [statusSource(deploymentId, filter, within)] : [];
  const partitions =
    filter.partitionKey == null ? [] : [partitionSource(deploymentId, filter.partitionKey, within)];
  const [first, ...others] = [...partitions, ...assets, ...tags, ...runs];
  return first === undefined ? [everything(deploymentId, within)] : [first, ...others];
}

/** Conditions on when a run was created, by the columns that say it and its id. */
type Bounds = (createdAt: RawBuilder<unknown>, id: RawBuilder<unknown>) => RawBuilder<unknown>;

function boundsOf(
  deploymentId: string,
  filter: RunFilter,
  after: string | RawBuilder<unknown> | null,
): Bounds {
  const place =
    typeof after === "string"
      ? sql`(select p.created_at, p.id from run p where p.id = ${after} and p.deployment_id = ${deploymentId})`
      : after;
  return (createdAt, id) =>
    sql.join(
      [
        ...(filter.createdAfter == null ? [] : [sql`and ${createdAt} > ${filter.createdAfter}`]),
        ...(filter.createdBefore == null ? [] : [sql`and ${createdAt} < ${filter.createdBefore}`]),
        ...(place === null ? [] : [sql`and (${createdAt}, ${id}) < ${place}`]),
        sql``,
      ],
      sql` `,
    );
}

function everything(deploymentId: string, within: Bounds): RunSource {
  const all = sql`select id, created_at from run where deployment_id = ${deploymentId} ${within(sql`created_at`, sql`id`)}`;
  return {
    all,
    newest: (limit) => sql`${all} order by created_at desc, id desc limit ${limit}`,
    holds: () => sql`true`,
  };
}

/** By status, by job, or by both: each status has its own place in the index, so the newest are merged from those of each. */
function statusSource(deploymentId: string, filter: RunFilter, within: Bounds): RunSource {
  const statuses = filter.statuses ?? RUN_STATUSES;
  const ofJob = filter.jobName == null ? sql`` : sql`and job_name = ${filter.jobName}`;
  const bounds = within(sql`created_at`, sql`id`);
  return {
    all: sql`select id, created_at from run where deployment_id = ${deploymentId} ${ofJob} and status = any(${statuses}) ${bounds}`,
    newest: (limit) => sql`
      select newest.id, newest.created_at from unnest(${statuses}::text[]) as wanted (status) cross join lateral (
        select id, created_at from run where deployment_id = ${deploymentId} ${ofJob} and status = wanted.status ${bounds}
        order by created_at desc, id desc limit ${limit}
      ) newest order by created_at desc, id desc limit ${limit}`,
    holds: (id) =>
      sql`exists (select from run r where r.id = ${id} ${ofJob} and r.status = any(${statuses}))`,
  };
}

function tagSource(
  deploymentId: string,
  { key, value }: { readonly key: string; readonly value: string },
  within: Bounds,
): RunSource {
  const all = sql`select run_id as id, created_at from run_tag where deployment_id = ${deploymentId} and key = ${key} and value = ${value}
    ${within(sql`created_at`, sql`run_id`)}`;
  return {
    all,
    newest: (limit) => sql`${all} order by created_at desc, run_id desc limit ${limit}`,
    holds: (id) =>
      sql`exists (select from run_tag t where t.run_id = ${id} and t.key = ${key} and t.value = ${value})`,
  };
}

function assetSource(deploymentId: string, names: readonly string[], within: Bounds): RunSource {
  const bounds = within(sql`created_at`, sql`run_id`);
  // Each name has its own place in the index; a run may have an asset under two.
  const each = (rest: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql.join(
      names.map(
        (name) =>
          sql`(select run_id as id, created_at from run_asset where deployment_id = ${deploymentId} and asset_key = ${name} ${bounds} ${rest})`,
      ),
      sql` union `,
    );
  return {
    all: each(sql``),
    newest: (limit) => sql`
      select * from (${each(sql`order by created_at desc, run_id desc limit ${limit}`)}) newest
      order by created_at desc, id desc limit ${limit}`,
    holds: (id) =>
      sql`exists (select from run_asset a where a.run_id = ${id} and a.asset_key = any(${names}))`,
  };
}

function partitionSource(deploymentId: string, key: string, within: Bounds): RunSource {
  const bounds = within(sql`created_at`, sql`id`);
  const single = sql`select id, created_at from run where deployment_id = ${deploymentId} and partition_key = ${key} ${bounds}`;
  // Ranges that a partition is in are few; they are found whole.
  const ranges = sql`select id, created_at from run where deployment_id = ${deploymentId} and partition_keys @> array[${key}]::text[] ${bounds}`;
  return {
    all: sql`${single} union all ${ranges}`,
    newest: (limit) => sql`
      select * from ((${single} order by created_at desc, id desc limit ${limit}) union all (${ranges})) newest
      order by created_at desc, id desc limit ${limit}`,
    holds: (id) =>
      sql`exists (select from run r where r.id = ${id} and (r.partition_key = ${key} or r.partition_keys @> array[${key}]::text[]))`,
  };
}
