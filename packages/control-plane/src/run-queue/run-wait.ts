import { sql } from "kysely";
import { AGENT_UNREACHABLE_AFTER_MS } from "../agents/agent-store.ts";
import type { Db } from "../database/connect.ts";
import { getDeployment } from "../deployments/deployment-store.ts";
import { isAlive } from "../pools/slot-store.ts";
import type { Run } from "../runs/run-store.ts";
import type { Hold } from "./hold.ts";
import { listActiveRuns, readQueueRules, type IdentifiedRun } from "./queue-store.ts";
import { createQueueUsage, tagHolds, type QueueRules } from "./queue-usage.ts";

/** Runs that are named as those that are waited for. */
const MAX_HOLDERS = 50;

/** What a run waits for. */
export const WAIT_KINDS = [
  "deployment",
  "location",
  "tag",
  "pools",
  "coordinator",
  "agent",
  "slot",
  "time",
  "disk",
] as const;

/** Why a run, or one of its steps, does not go on. */
export interface RunWait {
  readonly kind: (typeof WAIT_KINDS)[number];
  /** A sentence. */
  readonly message: string;
  /** The step that waits; null: the whole run. */
  readonly stepKey: string | null;
  /** How much there is of what is waited for; null where that says nothing. */
  readonly limit: number | null;
  /** Active runs that have it, at most fifty: one of them must end first, or a step of it. */
  readonly holderIds: readonly string[];
}

/**
 * What a run waits for now: a queued one for room or for the coordinator, one that starts for an agent, one that runs for slots or, as
 * its steps want it, for a time to come.
 */
export async function listRunWaits(db: Db, run: Run): Promise<RunWait[]> {
  switch (run.status) {
    case "QUEUED":
      return [await explainQueued(db, run)];
    case "STARTING":
      return explainStarting(db, run);
    case "STARTED":
      if (run.waitingUntil !== null) return [await explainWaiting(db, run, run.waitingUntil)];
      return [
        ...(await explainStarting(db, run)),
        ...(await listAwaitedSlots(db, run)),
        ...(await explainHeld(db, run)),
      ];
    case "CANCELING":
      return explainHeld(db, run);
    default:
      return [];
  }
}

async function explainQueued(db: Db, run: Run): Promise<RunWait> {
  const { settings } = await getDeployment(db, run.deploymentId);
  const rules = await readQueueRules(db, run.deploymentId, settings);
  const active = await listActiveRuns(db, run.deploymentId);
  // What holds back this run in particular says more than that there are too many of all of them.
  const queued = { ...run, queuedAt: run.createdAt.getTime() };
  const ofItsOwn = createQueueUsage(active, { ...rules, maxConcurrentRuns: Infinity }).take(queued);
  const hold = ofItsOwn ?? createQueueUsage(active, rules).take(queued);
  if (hold === null)
    return wait("coordinator", "There is room for the run: it starts now, unless others go first", null, []);
  const holders = active.filter((holder) => isHolder(hold, holder, rules)).map(({ id }) => id);
  if (hold.kind !== "pools")
    return wait(hold.kind, describeHold(hold), hold.kind === "location" ? null : hold.limit, holders);
  const limit = Math.max(
    ...hold.pools.map((pool) => rules.poolLimits.get(pool) ?? rules.poolDefaultLimit ?? 0),
  );
  const stepHolders =
    hold.granularity === "op" ? await listSlotHolders(db, run.deploymentId, hold.pools) : [];
  return wait("pools", describeHold(hold), limit, [...new Set([...stepHolders, ...holders])]);
}

/** A run whose time has come stands in the queue. */
async function explainWaiting(db: Db, run: Run, until: Date): Promise<RunWait> {
  const result = await sql<{ isDue: boolean }>`select ${until}::timestamptz <= now() as "isDue"`.execute(db);
  if (result.rows[0]?.isDue) return explainQueued(db, run);
  const message = `Steps of the run wait until ${until.toISOString()}; meanwhile it has no worker and no slot`;
  return wait("time", message, null, []);
}

/** What a hold is, as a sentence. */
function describeHold(hold: Hold): string {
  switch (hold.kind) {
    case "deployment":
      return `The limit of active runs is ${hold.limit} (max_concurrent_runs)`;
    case "location":
      return `Code location ${hold.locationName} is paused`;
    case "tag": {
      const tag = hold.value === null ? hold.key : `${hold.key}=${hold.value}`;
      return `The limit of active runs with the tag ${tag} is ${hold.limit} (tag_concurrency_limits)`;
    }
    case "pools": {
      const [pool, ...others] = hold.pools;
      if (hold.granularity === "run") return `Pool ${pool} has no slot free for another run`;
      if (others.length === 0) return `The run begins with steps of pool ${pool}, which has no slot free`;
      return `The run begins with steps of the pools ${hold.pools.join(", ")}, none of which has a slot free`;
    }
  }
}

function isHolder(hold: Hold, { tags, pools, isStarting }: IdentifiedRun, rules: QueueRules): boolean {
  switch (hold.kind) {
    case "deployment":
      return true;
    case "location":
      return false;
    case "tag":
      return tagHolds(tags, rules.tagConcurrencyLimits).some(
        ({ key, value }) => key === hold.key && value === hold.value,
      );
    case "pools":
      if (hold.granularity === "run") return pools?.all.some((pool) => hold.pools.includes(pool)) ?? false;
      return isStarting && Object.keys(pools?.first ?? {}).some((pool) => hold.pools.includes(pool));
  }
}

async function listSlotHolders(db: Db, deploymentId: string, pools: readonly string[]): Promise<string[]> {
  const result = await sql<{ runId: string }>`
    select distinct s.run_id as "runId" from pool_slot s join run_attempt a on a.run_id = s.run_id and a.attempt = s.attempt
    where s.deployment_id = ${deploymentId} and s.pool = any(${pools}::text[]) and s.granted_at is not null and ${isAlive}`.execute(
    db,
  );
  return result.rows.map(({ runId }) => runId);
}

/** A run whose worker can't write down what happens. */
async function explainHeld(db: Db, run: Run): Promise<RunWait[]> {
  const result = await sql<{ place: string | null; heldBy: string }>`
    select worker ->> 'place' as place, held_by as "heldBy" from run_attempt
    where run_id = ${run.id} and attempt = ${run.attempt} and state = 'running' and held_by is not null`.execute(
    db,
  );
  return result.rows.map(({ place, heldBy }) =>
    wait(
      "disk",
      `Worker ${place ?? "unknown"} can't write down what happens in the run: ${heldBy}`,
      null,
      [],
    ),
  );
}

/** A run that starts waits for an agent that takes its work. */
async function explainStarting(db: Db, run: Run): Promise<RunWait[]> {
  const result = await sql<{ queue: string; agents: readonly string[]; problem: string | null }>`
    select w.queue, w.error ->> 'message' as problem, coalesce(array_agg(g.name order by g.name) filter (where g.id is not null), '{}') as agents
    from work_item w left join agent g on g.deployment_id = w.deployment_id and g.stopped_at is null
      and (w.queue = any(g.queues) or w.queue = 'agent:' || g.id)
      and g.last_heartbeat_at > now() - ${AGENT_UNREACHABLE_AFTER_MS} * interval '1 millisecond'
    where w.deployment_id = ${run.deploymentId} and w.kind = 'launch_run' and w.state = 'pending'
      and w.payload ->> 'runId' = ${run.id} group by w.id`.execute(db);
  return result.rows.map(({ queue, agents, problem }) => {
    if (problem !== null)
      return wait("agent", `The run could not be launched and will be tried again: ${problem}`, null, []);
    const taken =
      agents.length === 0
        ? `there is none now`
        : `${agents.join(", ")} ${agents.length === 1 ? "has" : "have"} not taken it yet`;
    return wait("agent", `The run waits for an agent of queue ${queue}: ${taken}`, null, []);
  });
}

async function listAwaitedSlots(db: Db, run: Run): Promise<RunWait[]> {
  const result = await sql<{ stepKey: string; pool: string; holders: readonly string[] }>`
    select s.step_key as "stepKey", s.pool, array(
      select distinct h.run_id::text from pool_slot h join run_attempt a on a.run_id = h.run_id and a.attempt = h.attempt
      where h.deployment_id = s.deployment_id and h.pool = s.pool and h.granted_at is not null and ${isAlive}
    ) as holders
    from pool_slot s where s.run_id = ${run.id} and s.attempt = ${run.attempt} and s.granted_at is null order by s.asked_at`.execute(
    db,
  );
  return result.rows.map(({ stepKey, pool, holders }) => ({
    ...wait("slot", `Step ${stepKey} waits for a slot of pool ${pool}`, null, holders),
    stepKey,
  }));
}

function wait(
  kind: RunWait["kind"],
  message: string,
  limit: number | null,
  holderIds: readonly string[],
): RunWait {
  return { kind, message, stepKey: null, limit, holderIds: holderIds.slice(0, MAX_HOLDERS) };
}
