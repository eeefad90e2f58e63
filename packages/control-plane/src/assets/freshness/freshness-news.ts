import { sql } from "kysely";
import { advanceMark, type EventMark } from "../../events/event-mark.ts";
import { NEXT_TRANSACTION, OLDEST_TRANSACTION } from "../../events/transaction-horizon.ts";
import type { Db } from "../../database/connect.ts";

/** Which assets may have another freshness since a mark, and the mark after them. */
export interface FreshnessNews {
  /** Assets that were materialized, and those whose time has come, by key. */
  readonly keys: readonly string[];
  readonly mark: EventMark;
}

interface NewsRow {
  readonly id: number | null;
  readonly key: string | null;
  readonly oldest: number;
  readonly next: number;
}

/** Whether nothing can become visible any more that `markEvents` counted as seen. */
export async function isSettled(db: Db, mark: EventMark): Promise<boolean> {
  const { rows } = await sql<{ settled: boolean }>`
    select ${OLDEST_TRANSACTION} >= ${mark.horizon} as settled`.execute(db);
  return rows[0]?.settled ?? false;
}

/** Reads what has happened since the mark, and what is due: as much as that, however many assets there are. */
export async function readFreshnessNews(
  db: Db,
  deploymentId: string,
  mark: EventMark,
): Promise<FreshnessNews> {
  const { rows } = await sql<NewsRow>`
    select news.id, news.key, ${OLDEST_TRANSACTION} as oldest,
      ${NEXT_TRANSACTION} as next
    from (select) one left join (
      select e.id, a.key from asset_event e join asset a on a.id = e.asset_id
      where e.id > ${mark.low} and e.deployment_id = ${deploymentId} and e.kind = 'materialization'
      union all
      select null, a.key from asset_freshness f join asset a on a.id = f.asset_id
      where f.next_change_at <= now() and f.deployment_id = ${deploymentId}
    ) news on true`.execute(db);
  const { oldest = 0, next = 0 } = rows[0] ?? {};
  const ids = rows.flatMap(({ id }) => id ?? []);
  const { mark: after, fresh } = advanceMark(mark, { ids, oldest, next });
  const keys = new Set(
    rows.flatMap(({ id, key }) => (key !== null && (id === null || fresh.has(id)) ? key : [])),
  );
  return { keys: [...keys], mark: after };
}
