import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { BACKFILL_TAG } from "../runs/run-tags.ts";
import { readRunChanges } from "../events/change-feed.ts";
import { findRuns, type Run } from "../runs/run-store.ts";
import type { BackfillRunChange } from "./fold-runs.ts";

/** Changes that are read at once. */
const BATCH = 2_000;

/** What has happened to the runs of a backfill after a number of the feed, and where to go on. */
export interface RunOutcomes {
  readonly changes: readonly BackfillRunChange[];
  readonly upTo: number;
  /** Whether there may be more already. */
  readonly hasMore: boolean;
}

/** Reads what became of a backfill's runs since it was last asked. */
export async function readRunOutcomes(
  db: Db,
  deploymentId: string,
  backfillId: string,
  after: number,
): Promise<RunOutcomes> {
  const tag = { key: BACKFILL_TAG, value: backfillId };
  const { changes, upTo } = await readRunChanges(db, deploymentId, after, BATCH, { tag });
  const runs = await findRuns(
    db,
    deploymentId,
    changes.map(({ runId }) => runId),
  );
  const outcomes: BackfillRunChange[] = [];
  for (const { runId, status } of changes) {
    const run = runs.get(runId);
    if (run === undefined) continue;
    outcomes.push({
      status,
      targetKeys: run.assetKeys.length > 0 ? run.assetKeys : [run.jobName],
      partitions: partitionsOf(run),
      made: status === "FAILURE" || status === "CANCELED" ? await listMade(db, run) : new Map(),
    });
  }
  return { changes: outcomes, upTo, hasMore: changes.length === BATCH };
}

/** What a run that did not succeed has made all the same, as its own events say: another run may have made the same meanwhile. */
async function listMade(db: Db, run: Run): Promise<Map<string, readonly string[] | null>> {
  if (run.assetKeys.length === 0 || run.startedAt === null) return new Map();
  const { rows } = await sql<{ asset: string; partition: string | null }>`
    select distinct e.event ->> 'assetKey' as asset, e.event ->> 'partition' as partition from run_event e
    where e.run_id = ${run.id} and e.type = 'ASSET_MATERIALIZATION' and e.stored_at >= ${run.createdAt}`.execute(
    db,
  );
  const keys = partitionsOf(run)?.keys ?? null;
  return new Map(
    [...Map.groupBy<string, { asset: string; partition: string | null }>(rows, ({ asset }) => asset)].map(
      ([asset, made]) => [
        asset,
        keys === null ? null : made.flatMap(({ partition }) => (partition === null ? [] : [partition])),
      ],
    ),
  );
}

function partitionsOf({ partitionKey, partitionRange, partitionKeys }: Run): BackfillRunChange["partitions"] {
  if (partitionRange !== null) return { range: partitionRange, keys: partitionKeys ?? [] };
  return partitionKey === null
    ? null
    : { range: { start: partitionKey, end: partitionKey }, keys: [partitionKey] };
}
