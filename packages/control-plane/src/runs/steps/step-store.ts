import { sql } from "kysely";
import { isFinished } from "@millrace/model/run-status";
import type { Db } from "../../database/connect.ts";
import { ofIndexedType } from "../../events/event-columns.ts";
import { getSnapshot } from "../../locations/snapshot-store.ts";
import type { Run } from "../run-store.ts";
import { selectJobSteps } from "./selected-steps.ts";
import {
  STEP_EVENT_TYPES,
  summarizeSteps,
  type DefinedStep,
  type StepEvent,
  type StepSummary,
} from "./step-summary.ts";

/** A step of a run, as its page shows it. */
export interface RunStep extends StepSummary {
  /** The assets that it makes, where its step makes others in other parts of the run; none for a whole step. */
  readonly assetKeys: readonly string[];
}

/** One row for each step of a run, planned by the definitions that the run was launched with. */
export async function listRunSteps(db: Db, run: Run): Promise<RunStep[]> {
  const [planned, events] = await Promise.all([listPlannedSteps(db, run), listStepEvents(db, run)]);
  const assetsOf = new Map(planned.map(({ key, assetKeys }) => [key, assetKeys]));
  return summarizeSteps(planned, events, isFinished(run.status)).map((step) => ({
    ...step,
    assetKeys: assetsOf.get(step.key) ?? [],
  }));
}

async function listPlannedSteps(db: Db, run: Run): Promise<(DefinedStep & Pick<RunStep, "assetKeys">)[]> {
  if (run.locationVersionId === null) return [];
  const version = await db
    .selectFrom("location_version")
    .select("snapshot_digest")
    .where("id", "=", run.locationVersionId)
    .executeTakeFirst();
  if (!version?.snapshot_digest) return [];
  const snapshot = await getSnapshot(db, version.snapshot_digest);
  const job = snapshot.jobs.find(({ name }) => name === run.jobName);
  if (job === undefined) return [];
  const steps = selectJobSteps(snapshot, job, run);
  const keys = new Set(steps.map(({ key }) => key));
  return steps.map(({ key, upstream, assetKeys }) => ({
    key,
    upstream: upstream.filter((other) => keys.has(other)),
    assetKeys,
  }));
}

async function listStepEvents(db: Db, run: Run): Promise<StepEvent[]> {
  const result = await sql<StepEvent>`
    select type, step_key as "stepKey", happened_at as timestamp, nullif(event -> 'error', 'null') as error,
      case type when 'STEP_FAILURE' then nullif(event -> 'metadata', '{}') end as metadata,
      case type when 'STEP_WAITING' then (event ->> 'until')::float8 end as until from run_event
    where run_id = ${run.id} and deployment_id = ${run.deploymentId} and stored_at >= ${run.createdAt} and type = any(${STEP_EVENT_TYPES}) and ${ofIndexedType} and step_key is not null
    order by position`.execute(db);
  return result.rows;
}
