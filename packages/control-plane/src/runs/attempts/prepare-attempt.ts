import { createHash } from "node:crypto";
import { sql, type RawBuilder } from "kysely";
import type { RunHistory } from "@millrace/model/runs/run-spec";
import { agentQueue } from "@millrace/model/runs/work-item";
import { toRunTarget, type RunTarget } from "@millrace/model/runs/run-target";
import type { StepsSnapshot } from "@millrace/model/steps/step-snapshot";
import type { Trx } from "../../database/connect.ts";
import type { ServedCode } from "../../claims/claim.ts";
import type { HandOver, TakenClaim } from "../../claims/claim-desk.ts";
import { insertClaimedWork, insertWork, type WorkInput } from "../../work/enqueue-work.ts";
import type { DeploymentSettings } from "../../deployments/settings.ts";
import type { EarlierOutputs } from "../earlier-outputs.ts";
import type { NewAttempt } from "../fold/append-run-events.ts";
import { standing } from "../../work/work-store.ts";
import { findStoringAgent, type StoringAgent } from "./find-storing-agent.ts";
import { launchKey } from "./work-keys.ts";

/** A run with all that the work item of an attempt needs: each round trip here is a part of the time until a run's first line. */
export interface LaunchableRun extends RunTarget {
  readonly id: string;
  readonly deploymentId: string;
  readonly locationName: string;
  /** The newest attempt; 0: none yet. */
  readonly attempt: number;
  readonly priority: number;
  readonly earlier: EarlierOutputs | null;
  /** The queue whose agents run the location's code; null: the location is not there any more. */
  readonly queue: string | null;
  /** Of the location's version that serves; null: its agent did not tell, or the location is not there any more. */
  readonly revision: number | null;
  readonly codeDigest: string | null;
  /** A secret made for this occasion: the token of the next attempt. */
  readonly newToken: string;
}

/** The columns of a `LaunchableRun`, of run `q` and its code location `l`, see `joinLocation`. */
export const launchableColumns = sql`q.id, q.deployment_id as "deploymentId", q.location_name as "locationName", q.attempt, q.priority,
  q.job_name as "jobName", q.asset_selection as "assetSelection", q.check_selection as "checkSelection",
  q.step_selection as "stepSelection", q.run_config as "runConfig", q.partition_key as "partitionKey",
  case when q.partition_start is not null then jsonb_build_object('start', q.partition_start, 'end', q.partition_end) end
    as "partitionRange",
  q.tags, q.history as earlier, l.queue, v.revision, v.code_digest as "codeDigest",
  'mrr_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') as "newToken"`;

/** Joins the code location `l` of run `q`, and its version `v` that serves. */
export const joinLocation = sql`left join code_location l
  on l.deployment_id = q.deployment_id and l.name = q.location_name and l.removed_at is null
  left join location_version v on v.id = l.serving_version_id`;

/**
 * The next attempt of a run that the transaction has locked, to be stored with the event that tells of it: a token of its own and
 * a work item for the agents of its location's queue. One that begins with what other attempts or runs have made goes to the agent
 * that has it, while that agent is there.
 *
 * @param resume Where the attempt before it stopped; null: nothing has run yet.
 * @param settings How long an agent may take to start the worker, and the worker to give a sign of life.
 * @param handOver Takes a claim that waits for the work, which is the claim's when the transaction commits. Where the claim offers a
 *   worker, the attempt begins for it, unless values of earlier ones bind it to where they are. Default: agents claim it.
 */
export async function prepareAttempt(
  trx: Trx,
  run: LaunchableRun & { readonly queue: string },
  resume: StepsSnapshot | null,
  settings: Pick<DeploymentSettings, "startTimeoutSeconds" | "workerLeaseSeconds">,
  handOver: HandOver | null = null,
): Promise<NewAttempt> {
  const { id, deploymentId, priority, earlier, locationName } = run;
  const { newToken: runToken } = run;
  const attempt = run.attempt + 1;
  const hash = createHash("sha256").update(runToken).digest();
  const goesOn = earlier !== null || resume !== null;
  const storing = goesOn ? await findStoringAgent(trx, run) : null;
  const queue = storing?.isServing ? agentQueue(storing.agentId) : run.queue;
  const history = goesOn ? { ...(earlier ?? NOTHING_EARLIER), resume, ...storedOn(storing) } : null;
  const work: WorkInput = {
    deploymentId,
    queue,
    key: launchKey(id, attempt),
    work: {
      kind: "launch_run",
      runId: id,
      attempt,
      locationName,
      ...toRunTarget(run),
      history,
    },
    token: runToken,
    priority,
    withinSeconds: settings.startTimeoutSeconds,
  };
  const taken = handOver?.take(deploymentId, queue, goesOn ? null : servedCode(run)) ?? null;
  const item = taken === null ? insertWork(work) : insertClaimedWork(work, taken);
  const row = sql`
    insert into run_attempt (run_id, attempt, deployment_id, token_hash, lease_seconds, state, worker, agent_id, started_at, lease_until)
    select ${id}, ${attempt}, ${deploymentId}, ${hash}, ${settings.workerLeaseSeconds}, ${begunColumns(taken, settings)}`;
  const { kind } = work.work;
  const startedFor = taken?.offer?.workerId;
  return {
    attempt,
    row,
    item,
    onClaimed(itemId) {
      const isStarted = startedFor !== undefined;
      const payload = { ...work.work, ...(isStarted ? { startedFor } : {}), runToken };
      handOver?.put({ id: itemId, kind, payload, deliveries: 1, isStarted });
    },
  };
}

/** State, worker, agent, start and lease of an attempt that nobody has begun, or that begins for a worker which a claim offers. */
function begunColumns(
  taken: TakenClaim | null,
  settings: Pick<DeploymentSettings, "startTimeoutSeconds" | "workerLeaseSeconds">,
): RawBuilder<unknown> {
  const { startTimeoutSeconds, workerLeaseSeconds } = settings;
  const untilStarted = startTimeoutSeconds + workerLeaseSeconds;
  if (taken === null || taken.offer === null)
    return sql`'assigned', '{}', null, null, now() + make_interval(secs => ${untilStarted})`;
  const { workerId, place, codeDigest } = taken.offer;
  const worker = JSON.stringify({ workerId, place, codeDigest });
  return sql`case when good then 'running' else 'assigned' end, case when good then ${worker}::jsonb else '{}' end,
    case when good then ${taken.claim.agentId} end, case when good then now() end,
    now() + make_interval(secs => case when good then ${workerLeaseSeconds}::float8 else ${untilStarted}::float8 end)
    from (select true ${standing(taken.claim)}) as claim (good)`;
}

/** The code that a worker must have loaded to have the run. */
function servedCode({ locationName, revision, codeDigest }: LaunchableRun): ServedCode | null {
  return revision === null || codeDigest === null ? null : { locationName, revision, codeDigest };
}

function storedOn(storing: StoringAgent | null): Pick<RunHistory, "storedOn"> {
  if (storing === null) return {};
  return { storedOn: { agentId: storing.agentId, agentName: storing.agentName } };
}

const NOTHING_EARLIER: EarlierOutputs = { knownOutputs: {}, outputRuns: {} };
