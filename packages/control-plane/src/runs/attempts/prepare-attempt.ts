import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { RunHistory } from "@millrace/model/runs/run-spec";
import { agentQueue } from "@millrace/model/runs/work-item";
import { toRunTarget, type RunTarget } from "@millrace/model/runs/run-target";
import type { StepsSnapshot } from "@millrace/model/steps/step-snapshot";
import type { Trx } from "../../database/connect.ts";
import type { HandOver } from "../../claims/claim-desk.ts";
import { insertClaimedWork, insertWork, type WorkInput } from "../../work/enqueue-work.ts";
import type { DeploymentSettings } from "../../deployments/settings.ts";
import type { EarlierOutputs } from "../earlier-outputs.ts";
import type { NewAttempt } from "../fold/append-run-events.ts";
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
  /** A secret made for this occasion: the token of the next attempt. */
  readonly newToken: string;
}

/** The columns of a `LaunchableRun`, of run `q` and its code location `l`, see `joinLocation`. */
export const launchableColumns = sql`q.id, q.deployment_id as "deploymentId", q.location_name as "locationName", q.attempt, q.priority,
  q.job_name as "jobName", q.asset_selection as "assetSelection", q.check_selection as "checkSelection",
  q.step_selection as "stepSelection", q.run_config as "runConfig", q.partition_key as "partitionKey",
  case when q.partition_start is not null then jsonb_build_object('start', q.partition_start, 'end', q.partition_end) end
    as "partitionRange",
  q.tags, q.history as earlier, l.queue,
  'mrr_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') as "newToken"`;

/** Joins the code location `l` of run `q`. */
export const joinLocation = sql`left join code_location l
  on l.deployment_id = q.deployment_id and l.name = q.location_name and l.removed_at is null`;

/**
 * The next attempt of a run that the transaction has locked, to be stored with the event that tells of it: a token of its own and
 * a work item for the agents of its location's queue. One that begins with what other attempts or runs have made goes to the agent
 * that has it, while that agent is there.
 *
 * @param resume Where the attempt before it stopped; null: nothing has run yet.
 * @param settings How long an agent may take to start the worker, and the worker to give a sign of life.
 * @param handOver Takes a claim that waits for the work, which is the claim's when the transaction commits. Default: agents claim it.
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
  const claim = handOver?.take(deploymentId, queue) ?? null;
  const item = claim === null ? insertWork(work) : insertClaimedWork(work, claim);
  const row = sql`
    insert into run_attempt (run_id, attempt, deployment_id, token_hash, lease_seconds, lease_until)
    values (${id}, ${attempt}, ${deploymentId}, ${hash}, ${settings.workerLeaseSeconds},
      now() + make_interval(secs => ${settings.startTimeoutSeconds + settings.workerLeaseSeconds}))`;
  return {
    attempt,
    row,
    item,
    onClaimed(itemId) {
      const payload = { ...work.work, runToken };
      handOver?.put({ id: itemId, kind: work.work.kind, payload, deliveries: 1 });
    },
  };
}

function storedOn(storing: StoringAgent | null): Pick<RunHistory, "storedOn"> {
  if (storing === null) return {};
  return { storedOn: { agentId: storing.agentId, agentName: storing.agentName } };
}

const NOTHING_EARLIER: EarlierOutputs = { knownOutputs: {}, outputRuns: {} };
