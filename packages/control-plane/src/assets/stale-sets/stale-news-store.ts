import { sql } from "kysely";
import type { Db, Trx } from "../../database/connect.ts";
import { advanceMark, type EventMark } from "../../events/event-mark.ts";
import { markEvents } from "../../events/mark-events.ts";
import { NEXT_TRANSACTION, OLDEST_TRANSACTION } from "../../events/transaction-horizon.ts";

/** What the daemon has seen of the events of a deployment. */
export interface SeenEvents {
  readonly mark: EventMark;
  /** Null: nothing that the first mark counted as seen can become visible any more; else once all transactions below have ended. */
  readonly settlesAt: number | null;
}

/** Null: it has never looked. */
export async function findSeenEvents(db: Db, deploymentId: string): Promise<SeenEvents | null> {
  const { rows } = await sql<SeenEvents>`
    select mark, settles_at::float8 as "settlesAt" from asset_stale_mark where deployment_id = ${deploymentId}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Counts all events as seen that are visible now. */
export async function beginSeeing(db: Db): Promise<SeenEvents> {
  const mark = await markEvents(db);
  return { mark, settlesAt: mark.horizon };
}

/** The partitions of which there are new events, by asset, and what is seen after that. */
export async function readStaleNews(
  db: Db,
  deploymentId: string,
  { mark, settlesAt }: SeenEvents,
): Promise<{ readonly changed: ReadonlyMap<string, ReadonlySet<string>>; readonly seen: SeenEvents }> {
  const { rows } = await sql<{
    id: number | null;
    key: string | null;
    partition: string | null;
    oldest: number;
    next: number;
  }>`
    select news.id, news.key, news.partition, ${OLDEST_TRANSACTION} as oldest, ${NEXT_TRANSACTION} as next
    from (select) one left join (
      select e.id, a.key, e.partition_key as partition from asset_event e join asset a on a.id = e.asset_id
      where e.id > ${mark.low} and e.deployment_id = ${deploymentId}
    ) news on true`.execute(db);
  const { oldest = 0, next = 0 } = rows[0] ?? {};
  const ids = rows.flatMap(({ id }) => id ?? []);
  const { mark: after, fresh } = advanceMark(mark, { ids, oldest, next });
  const changed = new Map<string, Set<string>>();
  for (const { id, key, partition } of rows) {
    if (id === null || key === null || partition === null || !fresh.has(id)) continue;
    const keys = changed.get(key);
    if (keys) keys.add(partition);
    else changed.set(key, new Set([partition]));
  }
  const isSettled = settlesAt === null || oldest >= settlesAt;
  return { changed, seen: { mark: after, settlesAt: isSettled ? null : settlesAt } };
}

export async function storeSeenEvents(
  trx: Trx,
  deploymentId: string,
  { mark, settlesAt }: SeenEvents,
): Promise<void> {
  await sql`
    insert into asset_stale_mark (deployment_id, mark, settles_at) values (${deploymentId}, ${JSON.stringify(mark)}::jsonb, ${settlesAt})
    on conflict (deployment_id) do update set mark = excluded.mark, settles_at = excluded.settles_at`.execute(
    trx,
  );
}
