import { sql } from "kysely";
import { explainInvalidName } from "@millrace/model/names";
import { topics } from "@millrace/model/topic";
import { BadRequest } from "../api/bad-request.ts";
import type { Db } from "../database/connect.ts";
import { outlivingAttempts } from "../runs/outliving-attempts.ts";
import type { DeploymentSettings, PoolGranularity } from "../deployments/settings.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { isAlive } from "./slot-store.ts";

/** Most slots that a pool can have. */
const MAX_LIMIT = 1_000_000;
/** Claims that are listed of one pool. */
const MAX_CLAIMS = 1_000;

/** A pool as it stands now. */
export interface Pool {
  readonly name: string;
  /** How many slots it has; null: as many as are asked for. */
  readonly limit: number | null;
  /** Whether the limit is the deployment's `pool_default_limit`. */
  readonly isDefault: boolean;
  /** What the limit counts. */
  readonly granularity: PoolGranularity;
  /** Who has a slot, who had it first at the front. At most a thousand. */
  readonly holders: readonly PoolClaim[];
  /** Steps that wait for one, who gets the next at the front. At most a thousand. */
  readonly waiting: readonly PoolClaim[];
}

/** One who has a slot of a pool or waits for it: a step, or a run where the limit counts runs. */
export interface PoolClaim {
  readonly runId: string;
  /** Null where the limit counts runs. */
  readonly stepKey: string | null;
  /** Since when it has its slot, or has asked for it. */
  readonly since: Date;
}

type PoolSettings = Pick<DeploymentSettings, "poolGranularity" | "poolDefaultLimit">;

/**
 * The pools of a deployment by name: those that have a limit, those of whose slots somebody has one or waits for it, and those named.
 *
 * @param named names of pools that are to be there anyway, as definitions have them.
 */
export async function listPools(
  db: Db,
  deploymentId: string,
  { poolGranularity: granularity, poolDefaultLimit }: PoolSettings,
  named: Iterable<string>,
): Promise<Pool[]> {
  const limits = await db
    .selectFrom("pool")
    .select(["name", "slot_limit"])
    .where("deployment_id", "=", deploymentId)
    .execute();
  const limitOf = new Map(limits.map(({ name, slot_limit }) => [name, slot_limit]));
  const claims = Map.groupBy(
    granularity === "run"
      ? await listClaimsOfRuns(db, deploymentId)
      : await listClaimsOfSteps(db, deploymentId),
    ({ pool }) => pool,
  );
  const names = new Set([...limitOf.keys(), ...claims.keys(), ...named]);
  return [...names].toSorted().map((name) => {
    const own = limitOf.get(name);
    const [holders, waiting] = [true, false].map((granted) =>
      (claims.get(name) ?? []).filter((claim) => claim.granted === granted).slice(0, MAX_CLAIMS),
    );
    return {
      name,
      limit: own ?? poolDefaultLimit,
      isDefault: own === undefined,
      granularity,
      holders: holders ?? [],
      waiting: waiting ?? [],
    };
  });
}

interface NamedClaim extends PoolClaim {
  readonly pool: string;
  readonly granted: boolean;
}

async function listClaimsOfSteps(db: Db, deploymentId: string): Promise<readonly NamedClaim[]> {
  const result = await sql<NamedClaim>`
    select s.pool, s.run_id as "runId", s.step_key as "stepKey", coalesce(s.granted_at, s.asked_at) as since,
      s.granted_at is not null as granted
    from pool_slot s join run_attempt a on a.run_id = s.run_id and a.attempt = s.attempt
    where s.deployment_id = ${deploymentId} and ${isAlive}
    order by s.granted_at, -s.priority, s.asked_at, s.run_id, s.step_key`.execute(db);
  return result.rows;
}

async function listClaimsOfRuns(db: Db, deploymentId: string): Promise<readonly NamedClaim[]> {
  const result = await sql<NamedClaim>`
    with holder as (
      select id, created_at, pools from run
      where deployment_id = ${deploymentId} and status in ('STARTING', 'STARTED', 'CANCELING') and waiting_until is null
      union all
      select r.id, r.created_at, r.pools from ${outlivingAttempts(deploymentId)} a join run r on r.id = a.run_id
    )
    select pool, r.id as "runId", null as "stepKey", r.created_at as since, true as granted
    from holder r, jsonb_array_elements_text(r.pools -> 'all') as pool where r.pools is not null
    order by r.created_at, r.id`.execute(db);
  return result.rows;
}

/**
 * Sets how many slots a pool has; whoever waits for one that there is now gets it at once.
 *
 * @param limit null: the deployment's default, as if it had never been set.
 * @throws BadRequest
 */
export async function setPoolLimit(
  db: Db,
  deploymentId: string,
  name: string,
  limit: number | null,
): Promise<void> {
  const problem = name === "" ? "A pool has a name" : explainInvalidName("pool", name);
  if (problem !== null) throw new BadRequest(problem);
  if (limit === null) {
    await db.deleteFrom("pool").where("deployment_id", "=", deploymentId).where("name", "=", name).execute();
  } else {
    if (limit < 0 || limit > MAX_LIMIT)
      throw new BadRequest(`\`limit\` must be 0 or more and at most ${MAX_LIMIT}`);
    await sql`
      insert into pool (deployment_id, name, slot_limit) values (${deploymentId}, ${name}, ${limit})
      on conflict (deployment_id, name) do update set slot_limit = excluded.slot_limit, updated_at = now()`.execute(
      db,
    );
  }
  await notifyChange(db, topics.runs(deploymentId));
}
