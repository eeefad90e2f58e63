import { sql, type RawBuilder, type Selectable } from "kysely";
import { listAssetNames } from "../assets/former-keys/former-key-store.ts";
import type { Db } from "../database/connect.ts";
import { plannedEachTime } from "../database/named-statements.ts";
import type { RunTable } from "../database/tables.gen.ts";
import type { RunFilter } from "./run-filter.ts";
import { isRunId } from "./run-id.ts";
import { listRunSources, type RunSource } from "./run-sources.ts";
import { readRun, type Run } from "./run-store.ts";

/** A page of runs. */
export interface RunPage {
  readonly nodes: readonly Run[];
  readonly hasMore: boolean;
}

/** So many times the page of the newest runs of one source are looked at one by one before the sources are joined as wholes. */
const WALKED_PAGES = 2;

/**
 * One page of runs, newest first, after the run `after`, or after a place in that order (a row of `created_at` and `id`). Each condition is an index in the order of the page. With several, the
 * newest runs of the first are held against the others; when these do not fill the page, the indexes are joined, without the runs.
 */
export async function listRuns(
  db: Db,
  deploymentId: string,
  filter: RunFilter,
  after: string | RawBuilder<unknown> | null,
  limit: number,
): Promise<RunPage> {
  if (typeof after === "string" && !isRunId(after)) return { nodes: [], hasMore: false };
  const assetNames = filter.assetKey == null ? [] : await listAssetNames(db, deploymentId, filter.assetKey);
  const sources = listRunSources(deploymentId, filter, assetNames, after);
  const [first, ...others] = sources;
  const wanted = limit + 1;
  const rows =
    others.length === 0
      ? await readRows(db, first.newest(wanted), wanted)
      : ((await walk(db, first, others, wanted)) ?? (await readRows(db, joined(sources), wanted)));
  return { nodes: rows.slice(0, limit).map(readRun), hasMore: rows.length > limit };
}

/** How many runs match. */
export async function countRuns(db: Db, deploymentId: string, filter: RunFilter): Promise<number> {
  const assetNames = filter.assetKey == null ? [] : await listAssetNames(db, deploymentId, filter.assetKey);
  const sources = listRunSources(deploymentId, filter, assetNames, null);
  const [first, ...others] = sources;
  const hits = others.length === 0 ? first.all : joined(sources);
  const result = await sql<{ count: number }>`
    select count(distinct id)::integer as count from (${hits}) hit`.execute(db);
  return result.rows[0]?.count ?? 0;
}

type RunRow = Selectable<RunTable>;

/** The runs that `hits` (`id`, `created_at`) names, newest first. */
async function readRows(db: Db, hits: RawBuilder<unknown>, limit: number): Promise<RunRow[]> {
  const result = await sql<RunRow>`${plannedEachTime}
    with hit as materialized (select id, created_at from (${hits}) h order by created_at desc, id desc limit ${limit})
    select run.* from hit join run on run.id = hit.id order by hit.created_at desc, hit.id desc`.execute(db);
  return result.rows;
}

/** Holds the newest runs of one source against the others. Null when that neither fills the page nor reaches the source's end. */
async function walk(
  db: Db,
  source: RunSource,
  others: readonly RunSource[],
  limit: number,
): Promise<RunRow[] | null> {
  const length = WALKED_PAGES * limit;
  const result = await sql<RunRow & { conclusive: boolean }>`${plannedEachTime}
    with walked as materialized (${source.newest(length)}),
    hit as materialized (
      select id, created_at from walked where ${sql.join(
        others.map((other) => other.holds(sql`walked.id`)),
        sql` and `,
      )} order by created_at desc, id desc limit ${limit}
    )
    select run.*, c.conclusive
    from (select (select count(*) from walked) < ${length} or (select count(*) from hit) = ${limit} as conclusive) c
    left join hit on c.conclusive left join run on run.id = hit.id
    order by hit.created_at desc, hit.id desc`.execute(db);
  if (result.rows[0]?.conclusive !== true) return null;
  return result.rows.filter(({ id }) => id !== null);
}

/** The runs that all sources have. Worked out whole: a walk in the order of the page would go on for ever where there are few. */
function joined(sources: readonly RunSource[]): RawBuilder<unknown> {
  const [first, ...others] = sources.map((source, i) => sql`(${source.all}) ${sql.id(`source_${i}`)}`);
  return sql`with common as materialized (select id, created_at from ${first} ${sql.join(
    others.map((other) => sql`join ${other} using (id, created_at)`),
    sql` `,
  )}) select * from common`;
}
