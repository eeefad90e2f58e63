import { sql } from "kysely";
import type { AutomationCursor } from "@millrace/model/automation/cursor";
import type { SerializedSubset } from "@millrace/model/partitions/serialize-subset";
import type { Db, Trx } from "../database/connect.ts";
import type { EventMark } from "../events/event-mark.ts";
import type { SeenEvents } from "./news-store.ts";
import { TREES_OF_DOCUMENT } from "./tree-document.ts";

/** What a deployment's rounds of evaluation remember, beside the cursors of its conditions. */
export interface StoredRound {
  /** Counts the rounds. */
  readonly round: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** See `AutomationPlan`. */
  readonly definitions: string;
  /** Changes of runs up to this number are seen. */
  readonly feedSeq: number;
  readonly seen: SeenEvents;
}

/** The last round of a deployment; null: there was none. */
export async function findRound(db: Db, deploymentId: string): Promise<StoredRound | null> {
  const { rows } = await sql<Omit<StoredRound, "seen"> & { events: EventMark; checks: EventMark }>`
    select round, floor(extract(epoch from evaluated_at) * 1000)::float8 as time, definitions, feed_seq as "feedSeq",
      events_seen as events, checks_seen as checks
    from automation_state where deployment_id = ${deploymentId}`.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const { events, checks, ...round } = row;
  return { ...round, seen: { events, checks } };
}

/** What each condition of a deployment remembers, by target name, or the conditions of these targets. */
export async function loadCursors(
  db: Db,
  deploymentId: string,
  targets: readonly string[] | null = null,
): Promise<Map<string, AutomationCursor>> {
  const { rows } = await sql<{ target: string; cursor: AutomationCursor }>`
    select target, cursor from automation_cursor where deployment_id = ${deploymentId}
    ${targets === null ? sql`` : sql`and target = any(${targets}::text[])`}`.execute(db);
  return new Map(rows.map(({ target, cursor }) => [target, cursor]));
}

/** Stores a round; the first statement of its transaction after the daemon's place is held. */
export async function storeRound(trx: Trx, deploymentId: string, round: StoredRound): Promise<void> {
  const { events, checks } = round.seen;
  await sql`
    insert into automation_state (deployment_id, round, evaluated_at, definitions, feed_seq, events_seen, checks_seen)
    values (${deploymentId}, ${round.round}, to_timestamp(${round.time}::float8 / 1000), ${round.definitions}, ${round.feedSeq},
      ${JSON.stringify(events)}::jsonb, ${JSON.stringify(checks)}::jsonb)
    on conflict (deployment_id) do update set round = excluded.round, evaluated_at = excluded.evaluated_at,
      definitions = excluded.definitions, feed_seq = excluded.feed_seq, events_seen = excluded.events_seen,
      checks_seen = excluded.checks_seen`.execute(trx);
}

/** Stores what evaluated conditions remember now, and forgets those of `gone`. */
export async function storeCursors(
  trx: Trx,
  deploymentId: string,
  evaluated: ReadonlyMap<string, AutomationCursor>,
  gone: readonly string[],
): Promise<void> {
  if (gone.length > 0)
    await sql`delete from automation_cursor where deployment_id = ${deploymentId} and target = any(${gone}::text[])`.execute(
      trx,
    );
  if (evaluated.size === 0) return;
  const rows = [...evaluated].map(([target, cursor]) => ({ target, cursor }));
  await sql`
    insert into automation_cursor as known (deployment_id, target, cursor)
    select ${deploymentId}, w.target, w.cursor
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w (target text, cursor jsonb) order by w.target
    on conflict (deployment_id, target) do update set cursor = excluded.cursor, evaluations = known.evaluations + 1`.execute(
    trx,
  );
}

/** Moves evaluations to the names that targets have now. */
export async function renameTargets(
  trx: Trx,
  deploymentId: string,
  renamed: readonly { readonly from: string; readonly to: string }[],
): Promise<void> {
  if (renamed.length === 0) return;
  await sql`
    update automation_evaluation e set target = w.to from jsonb_to_recordset(${JSON.stringify(renamed)}::jsonb) as w ("from" text, "to" text)
    where e.deployment_id = ${deploymentId} and e.target = w."from"`.execute(trx);
}

/** Forgets notes that a round has looked at. */
export async function deleteTouched(trx: Trx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`delete from automation_touch where id = any(${ids}::bigint[])`.execute(trx);
}

/** An evaluation that is kept. */
export interface EvaluationRecord {
  readonly target: string;
  readonly requested: SerializedSubset;
  readonly requestedCount: number;
  readonly runIds: readonly string[];
  readonly backfillId: string | null;
  /** Why what it asks for could not be launched. */
  readonly problem: string | null;
}

/** Keeps evaluations of a round, with their trees in the same order: documents of `TREES_OF_DOCUMENT` each, see `writeTrees`. */
export async function insertEvaluations(
  trx: Trx,
  deploymentId: string,
  { round, time }: Pick<StoredRound, "round" | "time">,
  records: readonly EvaluationRecord[],
  documents: readonly Buffer[],
): Promise<void> {
  for (const [index, document] of documents.entries()) {
    const from = index * TREES_OF_DOCUMENT;
    await sql`
      with trees as (insert into automation_trees (deployment_id, document) values (${deploymentId}, ${document}) returning id)
      insert into automation_evaluation (deployment_id, round, target, evaluated_at, requested, requested_count, trees_id, tree_place,
        run_ids, backfill_id, problem)
      select ${deploymentId}, ${round}, w.target, to_timestamp(${time}::float8 / 1000), w.requested, w."requestedCount", trees.id,
        w.place - 1, array(select jsonb_array_elements_text(w."runIds"))::uuid[], w."backfillId", w.problem
      from trees, rows from (jsonb_to_recordset(${JSON.stringify(records.slice(from, from + TREES_OF_DOCUMENT))}::jsonb)
        as (target text, requested jsonb, "requestedCount" integer, "runIds" jsonb, "backfillId" uuid, problem text))
        with ordinality as w (target, requested, "requestedCount", "runIds", "backfillId", problem, place)`.execute(
      trx,
    );
  }
}
