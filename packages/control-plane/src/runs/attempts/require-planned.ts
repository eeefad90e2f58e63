import { sql } from "kysely";
import { isKnownEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";
import type { RunSelection } from "@millrace/model/runs/run-target";
import type { LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { ExpectedError } from "@millrace/model/expected-error";
import type { ReportedEvent } from "@millrace/model/reported-event";
import { requireReportable } from "../../assets/report/require-reportable.ts";
import { BadRequest } from "../../api/bad-request.ts";
import type { Trx } from "../../database/connect.ts";
import { getSnapshot } from "../../locations/snapshot-store.ts";
import { listSelectedStepKeys, listWholeStepKeys } from "../steps/selected-steps.ts";
import type { FreshEvents } from "../fold/append-run-events.ts";
import type { LockedRun } from "../fold/lock-run.ts";

type AssetEvent = Extract<
  RunEvent,
  { type: "ASSET_MATERIALIZATION" | "ASSET_OBSERVATION" | "ASSET_CHECK_EVALUATION" }
>;

interface RunPlan extends RunSelection {
  readonly jobName: string;
  readonly partitionKey: string | null;
  readonly isRange: boolean;
  /** Of the assets that are asked for, those that the run will not produce. */
  readonly others: readonly string[];
}

/**
 * Lets events pass that say something about assets of the run's plan: what it was launched for, and what steps of it make or
 * check by the definitions that it was planned with or that its worker loaded. Whoever has the token of a run could otherwise say
 * anything about every asset of the deployment. What a step only reports of assets that something else makes must be there, as for
 * everybody who reports: it counts, but not as made by the run's steps.
 *
 * @throws BadRequest naming the event.
 */
export async function requirePlanned(
  trx: Trx,
  { run, attempt: { attempt }, events, firstIndex }: FreshEvents,
): Promise<void> {
  await requireReported(trx, run, events, firstIndex);
  const made = events.filter(isAssetEvent).filter(({ isReported }) => isReported !== true);
  const keys = new Set(made.map(({ assetKey }) => assetKey));
  if (keys.size === 0) return;
  const plan = await getPlan(trx, run, [...keys]);
  const planned =
    plan.others.length === 0 ? new Set<string>() : await listPlannedAssets(trx, run, attempt, plan);
  const unplanned = new Set(plan.others.filter((key) => !planned.has(key)));
  for (const [index, event] of events.entries()) {
    if (!isAssetEvent(event) || event.isReported === true) continue;
    const { assetKey, partition } = event;
    if (unplanned.has(assetKey))
      throw new BadRequest(
        `events[${firstIndex + index}]: asset "${assetKey}" is not in the plan of this run`,
      );
    if (partition !== null && !plan.isRange && partition !== plan.partitionKey)
      throw new BadRequest(
        `events[${firstIndex + index}]: partition "${partition}" is not what this run was launched for`,
      );
  }
}

/** @throws BadRequest when an event is reported of what is not there. */
async function requireReported(
  trx: Trx,
  { deploymentId, now }: LockedRun,
  events: FreshEvents["events"],
  firstIndex: number,
): Promise<void> {
  for (const [index, event] of events.entries()) {
    if (!isAssetEvent(event) || event.isReported !== true) continue;
    try {
      await requireReportable(trx, deploymentId, [toReported(event)], now);
    } catch (cause) {
      if (!(cause instanceof ExpectedError)) throw cause;
      throw new BadRequest(`events[${firstIndex + index}]: ${cause.message}`, { cause });
    }
  }
}

function toReported(event: AssetEvent): ReportedEvent {
  const { assetKey, partition: partitionKey, metadata } = event;
  const common = { assetKey, partitionKey, metadata, description: null };
  if (event.type === "ASSET_CHECK_EVALUATION") {
    const { checkName, passed, severity } = event;
    return { ...common, kind: "check", checkName, passed, severity };
  }
  const kind = event.type === "ASSET_MATERIALIZATION" ? "materialization" : "observation";
  return { ...common, kind, tags: event.tags, dataVersion: event.dataVersion };
}

function isAssetEvent(event: RunEvent | UnknownEvent): event is AssetEvent {
  if (!isKnownEvent(event)) return false;
  const { type } = event;
  return (
    type === "ASSET_MATERIALIZATION" || type === "ASSET_OBSERVATION" || type === "ASSET_CHECK_EVALUATION"
  );
}

async function getPlan(trx: Trx, run: LockedRun, keys: readonly string[]): Promise<RunPlan> {
  const found = await sql<RunPlan>`
    select job_name as "jobName", asset_selection as "assetSelection", check_selection as "checkSelection",
      step_selection as "stepSelection", partition_key as "partitionKey", partition_start is not null as "isRange",
      array(select unnest(${keys}::text[]) except select unnest(asset_keys)) as others
    from run where id = ${run.id}`.execute(trx);
  const [plan] = found.rows;
  if (plan === undefined) throw new Error(`Run ${run.id} is gone though its row is locked`);
  return plan;
}

/** The assets that steps of the run make or check. */
async function listPlannedAssets(
  trx: Trx,
  run: LockedRun,
  attempt: number,
  plan: RunPlan,
): Promise<Set<string>> {
  const versions = await sql<{ digest: Buffer }>`
    select distinct v.snapshot_digest as digest
    from run r
    join run_attempt a on a.run_id = r.id and a.attempt = ${attempt}
    join location_version planned on planned.id = r.location_version_id
    join location_version v on v.location_id = planned.location_id
      and (v.id = planned.id or v.code_digest = a.worker ->> 'codeDigest')
    where r.id = ${run.id} and v.snapshot_digest is not null`.execute(trx);
  const snapshots = await Promise.all(versions.rows.map(({ digest }) => getSnapshot(trx, digest)));
  return new Set(snapshots.flatMap((snapshot) => assetsOfSteps(snapshot, plan)));
}

function assetsOfSteps(snapshot: LocationSnapshot, plan: RunPlan): string[] {
  const job = snapshot.jobs.find(({ name }) => name === plan.jobName);
  const keys = listSelectedStepKeys(snapshot, plan) ?? job?.steps.map(({ key }) => key) ?? [];
  const steps = listWholeStepKeys(snapshot, job, plan, keys);
  return [
    ...snapshot.assets.filter(({ stepKey }) => steps.has(stepKey)).map(({ key }) => key),
    ...snapshot.checks.filter(({ stepKey }) => steps.has(stepKey)).map(({ assetKey }) => assetKey),
  ];
}
