import { parseRunEvent } from "@millrace/model/parse-run-event";
import { INITIAL_RUN_STATE } from "@millrace/model/run-status";
import { sql, type Selectable } from "kysely";
import type { Db } from "../database/connect.ts";
import type { RunEventTable, RunTable } from "../database/tables.gen.ts";
import { wholeEvent, type EventRow } from "../events/event-columns.ts";
import { foldEvents } from "../runs/fold/status-changes.ts";

/** What must hold did not; the message says what, and of which run. */
export class InvariantBroken extends Error {}

/** A run and its events, in the order of storing. */
export interface StoredHistory {
  readonly run: Selectable<RunTable>;
  readonly events: readonly Selectable<RunEventTable>[];
}

/**
 * What must hold of every run that is stored, whenever one looks, and whatever became of it: its events are numbered without gaps,
 * those of each attempt in the order in which their worker numbered them, and its status and the feed are a fold over them.
 *
 * @returns what was looked at, by the runs' ids.
 * @throws InvariantBroken
 */
export async function checkStoredHistories(db: Db): Promise<StoredHistory[]> {
  const runs = await db.selectFrom("run").selectAll().orderBy("id").execute();
  const rows = await db.selectFrom("run_event").selectAll().orderBy("run_id").orderBy("position").execute();
  const events = rows.map(withWholeEvent);
  const eventsOf = Map.groupBy(events, (event) => event.run_id);
  const moves = await db
    .selectFrom("run_change")
    .select(["run_id", "position", "status"])
    .orderBy("id")
    .execute();
  const movesOf = Map.groupBy(moves, (move) => move.run_id);
  const histories = runs.map((run) => ({ run, events: eventsOf.get(run.id) ?? [] }));
  for (const history of histories) {
    checkOrder(history);
    checkFold(history, movesOf.get(history.run.id) ?? []);
  }
  const materialized = events.filter(({ type }) => type === "ASSET_MATERIALIZATION").length;
  const counted = await sql<{ count: number }>`
    select coalesce(sum(materialization_count), 0)::integer as count from asset`.execute(db);
  expectEqual("materializations counted", counted.rows[0]?.count, materialized);
  return histories;
}

function checkOrder({ run, events }: StoredHistory): void {
  const positions = events.map(({ position }) => position);
  expectEqual(`positions of run ${run.id}`, positions, [...events.keys()]);
  for (const [attempt, said] of Map.groupBy(events, (event) => event.attempt)) {
    if (attempt === 0) continue;
    const sequences = said.map(({ sequence }) => sequence);
    expectEqual(`numbers of attempt ${attempt} of run ${run.id}`, sequences, [...said.keys()]);
  }
}

/** The row, with the whole event. */
function withWholeEvent(row: Selectable<RunEventTable>): Selectable<RunEventTable> {
  const event = row.event as EventRow["event"];
  return {
    ...row,
    event: wholeEvent({ ...row, event, timestamp: row.happened_at, stepKey: row.step_key }),
  };
}

function checkFold(
  { run, events }: StoredHistory,
  moves: readonly { position: number; status: string }[],
): void {
  const { state, changes } = foldEvents(
    INITIAL_RUN_STATE,
    events.map(({ event }) => parseRunEvent(event)),
  );
  expectEqual(
    `the feed of run ${run.id}`,
    moves.map(({ position, status }) => ({ position, status })),
    [{ position: 0, status: "QUEUED" }, ...changes.map(({ index, status }) => ({ position: index, status }))],
  );
  const row = {
    status: run.status,
    failureReason: run.failure_reason,
    failureMessage: run.failure_message,
    waitingUntil: run.waiting_until?.getTime() ?? null,
  };
  const { status, failureReason, failureMessage } = state;
  const waitingUntil = state.waitingUntil === null ? null : Math.trunc(state.waitingUntil);
  expectEqual(`the fold of run ${run.id}`, { status, failureReason, failureMessage, waitingUntil }, row);
}

/** @throws InvariantBroken when the two differ in more than the order of their members. */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [canonical(found), canonical(expected)];
  if (one !== other) throw new InvariantBroken(`${what}: ${one} instead of ${other}`);
}

/** JSON with the members of objects in one order: the database keeps another. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
