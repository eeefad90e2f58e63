import { sql } from "kysely";
import { isFinished, type RunStatus } from "@millrace/model/run-status";
import type { Db } from "../database/connect.ts";
import type { LogStorage } from "../logs/storage/log-storage.ts";
import { readLogBytes } from "../logs/read-log.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { SIMULATED_POOL } from "./simulated-pool.ts";
import { checkStoredHistories, expectEqual, InvariantBroken, type StoredHistory } from "./stored-history.ts";
import type { Worker } from "./worker-handle.ts";
import type { WorldShape } from "./world-shape.ts";

/** What the world knows beside the database. */
export interface Knowledge {
  readonly shape: WorldShape;
  /** Where the replicas keep output. */
  readonly logs: LogStorage;
  /** All workers that were ever started. */
  readonly workers: readonly Worker[];
  /** The workers that were let in, by run and attempt. */
  readonly begun: ReadonlyMap<string, Worker>;
  /** Runs whose launch was acknowledged, by the key that they were launched with. */
  readonly launched: ReadonlyMap<string, string>;
  readonly onLaunched: (runId: string, key: string) => void;
  /** Since when schedules tick, in milliseconds since the epoch. */
  readonly ticksFrom: number;
  /** Whose launch was acknowledged. */
  readonly backfills: ReadonlySet<string>;
  readonly onBackfill: (id: string) => void;
}

/** As long as a worker is silent, its run keeps its slot: the default of `worker_lease_seconds`. */
const LEASE_MS = 60_000;
/** As long as a run may be `CANCELING`: the default of `cancel_timeout_seconds`. */
const CANCEL_SECONDS = 180;
/** How long something that a worker has sent is under way, at most. */
const ROUND_TRIP_MS = 5_000;
/** How long after its time something may still stand there, in seconds: the monitor looks every five, and may be killed. */
const OVERDUE_SECONDS = 60;

/** What must hold at every instant between two statements. */
export async function checkAlways(db: Db, knowledge: Knowledge, now: number): Promise<void> {
  const { maxConcurrentRuns, maxOfCustomer } = knowledge.shape;
  checkExecuting(knowledge, now);
  const { rows } = await sql<{ what: string }>`
    select 'more runs hold a slot than there are: ' || count(*) as what from run
      where ${holdsSlot} and not ${wasLost}
      having count(*) > ${maxConcurrentRuns}::integer
    union all
    select 'more runs of one customer hold a slot than there are: ' || count(*) from run
      where ${holdsSlot} and tags ->> 'customer' is not null and not ${wasLost}
      group by tags ->> 'customer' having count(*) > ${maxOfCustomer}::integer
    union all
    select 'more steps have a slot of pool ' || s.pool || ' than there are: ' || count(*) from pool_slot s
      join run_attempt a on a.run_id = s.run_id and a.attempt = s.attempt join run on run.id = s.run_id
      where s.granted_at is not null and a.state in ('assigned', 'running') and not ${wasLost}
      group by s.pool having count(*) > ${SIMULATED_POOL.limit}::integer
    union all
    select 'run ' || parent_run_id || ' was launched again by itself ' || count(*) || ' times' from run
      where origin_kind = 'retry' group by parent_run_id having count(*) > 1
    union all
    select 'a schedule or sensor has several ticks under way: ' || instigator_id from tick where status = 'STARTED'
      group by instigator_id having count(*) > 1
    union all
    select 'tick ' || t.id || ' is under way and holds nobody up' from tick t where t.status = 'STARTED'
      and not exists (select from instigator i where i.tick_in_flight = t.id)
    union all
    select origin_name || ' launched ' || count(*) || ' runs for ' || ${ASKED_FOR} from run
      where origin_kind in ('schedule', 'sensor') group by origin_kind, origin_name, ${ASKED_FOR} having count(*) > 1
    union all
    select 'run ' || run_id || ' has several attempts that run' from run_attempt where state in ('assigned', 'running')
      group by run_id having count(*) > 1
    union all
    select 'run ' || a.run_id || ' runs in attempt ' || a.attempt || ', not in its newest one' from run_attempt a join run r on r.id = a.run_id
      where a.state in ('assigned', 'running') and a.attempt <> r.attempt
    union all
    select 'run ' || r.id || ' is active without an attempt that runs' from run r where r.status in ('STARTING', 'STARTED')
      and r.waiting_until is null
      and not exists (select from run_attempt a where a.run_id = r.id and a.state in ('assigned', 'running'))
    union all
    select 'run ' || r.id || ' waits while an attempt of it runs' from run r where r.waiting_until is not null
      and exists (select from run_attempt a where a.run_id = r.id and a.state in ('assigned', 'running'))`.execute(
    db,
  );
  refuse(rows);
}

/** What a tick asked for: its run key, or that of a schedule without code. */
const ASKED_FOR = sql`coalesce(tags ->> 'millrace/run_key', tags ->> 'millrace/scheduled_at')`;
/** A run that waits without a worker holds none. */
const holdsSlot = sql`((status in ('STARTING', 'STARTED', 'CANCELING') and waiting_until is null)
  or exists (select from run_attempt a where a.run_id = run.id and a.outlives_run_since is not null and a.state in ('assigned', 'running')))`;

/** A run that was given up came back: its slot had been given away by then. */
const wasLost = sql`exists (select from run_event e where e.run_id = run.id and e.type = 'RUN_FAILURE')`;

/** Whatever the database says: user code is executed by no more workers than there are slots, but for those that are taken for lost. */
function checkExecuting({ workers, shape: { maxConcurrentRuns } }: Knowledge, now: number): void {
  const holders = workers.filter((worker) => worker.isExecuting && !wasGivenUp(worker, now));
  const runs = holders.map(({ runId, attempt }) => `${runId}.${attempt}`);
  if (runs.length > maxConcurrentRuns)
    throw new InvariantBroken(`More workers execute code than there are slots: ${runs.join(", ")}`);
  const inPool = holders.filter(({ hasPoolSlot }) => hasPoolSlot);
  if (inPool.length > SIMULATED_POOL.limit)
    throw new InvariantBroken(`More workers have slots of the pool than there are: ${inPool.length}`);
  if (new Set(holders.map(({ runId }) => runId)).size < holders.length)
    throw new InvariantBroken(`Two workers execute one run: ${runs.join(", ")}`);
}

/** Whether a worker has ever been silent for so long that its slot may have been given away; it may have come back. */
function wasGivenUp({ heard }: Worker, now: number): boolean {
  const times = [...heard.map(({ sentAt }) => sentAt), now];
  return times.some((time, index) => time - (times[index - 1] ?? time) >= LEASE_MS - ROUND_TRIP_MS);
}

/** What must hold while control planes run: nothing stays past its time. */
export async function checkTimely(db: Db): Promise<void> {
  const { rows } = await sql<{ what: string }>`
    select 'work ' || idempotency_key || ' is pending past its deadline' as what from work_item
      where state = 'pending' and greatest(deadline, available_at) < now() - make_interval(secs => ${OVERDUE_SECONDS})
    union all
    select 'work ' || idempotency_key || ' is claimed past its lease' from work_item
      where state = 'claimed' and lease_until < now() - make_interval(secs => ${OVERDUE_SECONDS})
    union all
    select 'run ' || run_id || ' has an attempt past its lease' from run_attempt
      where state in ('assigned', 'running') and lease_until < now() - make_interval(secs => ${OVERDUE_SECONDS})
    union all
    select 'run ' || r.id || ' is still being canceled' from run r join run_attempt a on a.run_id = r.id and a.attempt = r.attempt
      where r.status = 'CANCELING' and a.stop_asked_at < now() - make_interval(secs => ${CANCEL_SECONDS + OVERDUE_SECONDS})`.execute(
    db,
  );
  refuse(rows);
}

/** What must hold of everything that was stored, whenever one looks. */
export async function checkHistory(db: Db, knowledge: Knowledge): Promise<void> {
  const histories = await checkStoredHistories(db);
  for (const { run, events } of histories) {
    for (const [attempt, said] of Map.groupBy(events, (event) => event.attempt)) {
      if (attempt === 0) continue;
      const journal = knowledge.begun.get(`${run.id}.${attempt}`)?.journal ?? [];
      expectEqual(
        `events of attempt ${attempt} of run ${run.id}`,
        said.map(({ event, stored_at }) => limitTimestamp(event, stored_at)),
        said.map(({ stored_at }, sequence) => limitTimestamp(journal[sequence], stored_at)),
      );
    }
    await checkOutput(db, run.id, run.attempt, events, knowledge);
    checkLeases(run.id, events, knowledge);
    checkWaits(run.id, events);
    const limit = Number((run.tags as Record<string, string>)["millrace/max_runtime"]);
    const canceling = events.find(
      ({ type, event }) => type === "RUN_CANCELING" && "reason" in (event as object),
    );
    if (canceling !== undefined) await checkRuntime(db, run.id, limit, canceling.stored_at);
  }
  for (const [key, id] of knowledge.launched) {
    if (!histories.some(({ run }) => run.id === id))
      throw new InvariantBroken(`Run ${id} of launch ${key} is lost`);
  }
  if (new Set(knowledge.launched.values()).size !== knowledge.launched.size)
    throw new InvariantBroken("Two launches became one run");
}

/** What is stored of each attempt's output is how it began; of the last one it is all, if its events are. */
async function checkOutput(
  db: Db,
  runId: string,
  newest: number,
  events: StoredHistory["events"],
  { begun, logs }: Knowledge,
): Promise<void> {
  const { rows } = await sql<{ attempt: number; size: number; reach: number }>`
    select attempt, sum(byte_length)::integer as size, max(byte_offset + byte_length)::integer as reach
    from log_chunk where run_id = ${runId} group by attempt order by attempt`.execute(db);
  const stored = new Map(rows.map((row) => [row.attempt, row]));
  for (let attempt = 1; attempt <= newest; attempt++) {
    const { size, reach } = stored.get(attempt) ?? { size: 0, reach: 0 };
    const log = { deploymentId: TEST_DEPLOYMENT, runId, attempt, stream: "stdout" } as const;
    const { bytes } = await readLogBytes({ db, logs }, log, 0, reach);
    const { output = "", journal = [] } = begun.get(`${runId}.${attempt}`) ?? {};
    expectEqual(`bytes of attempt ${attempt} of run ${runId}`, size, reach);
    const isWhole =
      attempt === newest && events.filter((event) => event.attempt === attempt).length === journal.length;
    expectEqual(
      `output of attempt ${attempt} of run ${runId}`,
      bytes.toString("utf8"),
      isWhole ? output : output.slice(0, size),
    );
  }
}

/** A worker is taken for lost, and its slot given away, only when it has been silent for as long as its lease. */
function checkLeases(runId: string, events: StoredHistory["events"], { begun }: Knowledge): void {
  for (const { event, position, stored_at } of events) {
    if ((event as { readonly reason?: unknown }).reason !== "WORKER_LOST") continue;
    const attempt = Math.max(1, ...events.slice(0, position).map((earlier) => earlier.attempt));
    const heard = begun.get(`${runId}.${attempt}`)?.heard ?? [];
    const last = heard.findLast(({ answeredAt }) => answeredAt <= stored_at.getTime());
    const silentMs = stored_at.getTime() - (last?.sentAt ?? 0);
    if (silentMs < LEASE_MS)
      throw new InvariantBroken(`Run ${runId} was given up ${silentMs} ms after its worker was heard`);
  }
}

/** A run goes on when the time has come until which it waits, and not before. */
function checkWaits(runId: string, events: StoredHistory["events"]): void {
  for (const [index, { type, stored_at }] of events.entries()) {
    if (type !== "RUN_RESUMED") continue;
    const suspension = events.slice(0, index).findLast((earlier) => earlier.type === "RUN_SUSPENDED");
    const { until = Infinity } = (suspension?.event ?? {}) as { readonly until?: number };
    if (stored_at.getTime() < Math.trunc(until))
      throw new InvariantBroken(`Run ${runId} went on ${until - stored_at.getTime()} ms before its time`);
  }
}

/**
 * A worker whose clock is ahead is taken to have spoken when its event was stored, to the millisecond. Until when a run waits is stored
 * by another clock than the worker's.
 */
function limitTimestamp(event: unknown, storedAt: Date): unknown {
  const { timestamp, ...rest } = (event ?? {}) as { readonly type?: string; readonly timestamp: number };
  const ownClock = rest.type === "RUN_SUSPENDED" ? { until: null } : {};
  return { ...rest, ...ownClock, timestamp: Math.min(Math.floor(timestamp), storedAt.getTime()) };
}

/** A run that is ended for its time had that time, by the database's clock. */
async function checkRuntime(db: Db, runId: string, seconds: number, endedAt: Date): Promise<void> {
  const row = await db
    .selectFrom("run_attempt")
    .select((of) => of.fn.min("started_at").as("at"))
    .where("run_id", "=", runId)
    .executeTakeFirst();
  const had = (endedAt.getTime() - (row?.at?.getTime() ?? 0)) / 1_000;
  if (had < seconds - 0.01)
    throw new InvariantBroken(`Run ${runId} was ended after ${had} s of its ${seconds} s`);
}

/** Whether nothing is under way any more. */
export async function isAtRest(db: Db): Promise<boolean> {
  const runs = await db.selectFrom("run").select(["status", "retry_at"]).execute();
  const work = await sql`select from work_item where state in ('pending', 'claimed') limit 1`.execute(db);
  const backfills = await sql`select from backfill where ended_at is null limit 1`.execute(db);
  const ticking =
    await sql`select from instigator where rule is not null or tick_in_flight is not null limit 1`.execute(
      db,
    );
  return (
    ticking.rows.length === 0 &&
    work.rows.length === 0 &&
    backfills.rows.length === 0 &&
    runs.every((run) => isFinished(run.status as RunStatus) && run.retry_at === null)
  );
}

/** What is still under way, for the message that it does not come to an end. */
export async function describeUnrest(db: Db): Promise<string> {
  const { rows } = await sql<{ what: string }>`
    select 'run ' || id || ' ' || status || ' attempt ' || attempt as what from run where ended_at is null or retry_at is not null
    union all select kind || ' ' || name from instigator where rule is not null or tick_in_flight is not null
    union all select 'backfill ' || id || ' ' || status from backfill where ended_at is null
    union all select 'automation is in round ' || round from automation_state
    union all select kind || ' ' || idempotency_key || ' ' || state || ' ' || queue from work_item where state in ('pending', 'claimed')`.execute(
    db,
  );
  return rows.map(({ what }) => what).join("; ");
}

function refuse(rows: readonly { readonly what: string }[]): void {
  if (rows.length > 0) throw new InvariantBroken(rows.map(({ what }) => what).join("; "));
}
