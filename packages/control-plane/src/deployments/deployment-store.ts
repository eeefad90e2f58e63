import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import { topics } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";
import { notifyChange } from "../wake/notify-change.ts";
import {
  formatDeploymentSettings,
  readStoredSettings,
  SETTING_NAMES,
  type DeploymentSettings,
  type SettingsProblem,
} from "./settings.ts";

/** The deployment that every installation begins with. */
export const DEFAULT_DEPLOYMENT = "default";

/** One isolated world of runs, assets and settings. */
export interface Deployment {
  readonly id: string;
  readonly name: string;
  readonly settings: DeploymentSettings;
  /** Stored settings that could not be used: their defaults hold. */
  readonly settingsProblems: readonly SettingsProblem[];
}

/** There is no deployment with the name that was asked for. */
export class UnknownDeployment extends ExpectedError {
  readonly code = "unknown_deployment";
  constructor(name: string) {
    super(`There is no deployment "${name.slice(0, 80)}"`);
  }
}

/**
 * The id of the deployment with a name.
 *
 * @throws UnknownDeployment
 */
export async function getDeploymentId(db: Db, name: string): Promise<string> {
  const row = name.includes("\0")
    ? undefined
    : await db.selectFrom("deployment").select("id").where("name", "=", name).executeTakeFirst();
  if (row === undefined) throw new UnknownDeployment(name);
  return row.id;
}

/** Throws when the deployment is not there: whoever has its id got it from the database. */
export async function getDeployment(db: Db, id: string): Promise<Deployment> {
  const row = await db
    .selectFrom("deployment")
    .select(["id", "name", "settings"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return readDeployment(row);
}

/** Every deployment, for daemons. */
export async function listDeployments(db: Db): Promise<Deployment[]> {
  const rows = await db.selectFrom("deployment").select(["id", "name", "settings"]).orderBy("id").execute();
  return rows.map(readDeployment);
}

/** What waits in a deployment. */
export interface WaitingWork {
  readonly settings: DeploymentSettings;
  /** Whether runs wait in the queue, or go on after a wait of their own. */
  readonly runs: boolean;
  /** Whether steps wait for slots of pools. */
  readonly steps: boolean;
  /** Milliseconds until the next run that waits without a worker goes on; null: there is none. */
  readonly nextInMs: number | null;
}

/** What waits in a deployment for the coordinator; null: nothing. */
export async function findWaitingWork(db: Db, id: string): Promise<WaitingWork | null> {
  const result = await sql<Omit<WaitingWork, "settings"> & { readonly settings: unknown }>`
    select settings, runs, steps, next_in_ms as "nextInMs" from deployment, lateral (
      select exists (select from run where deployment_id = ${id} and status = 'QUEUED')
          or exists (select from run where deployment_id = ${id} and waiting_until <= now()) as runs,
        exists (select from pool_slot where deployment_id = ${id} and granted_at is null) as steps,
        (select extract(epoch from min(waiting_until) - now())::float8 * 1000 from run
          where deployment_id = ${id} and waiting_until > now()) as next_in_ms
    ) waiting where id = ${id} and (runs or steps or next_in_ms is not null)`.execute(db);
  const row = result.rows[0];
  return row === undefined ? null : { ...row, settings: readStoredSettings(row.settings).settings };
}

/** Whether it is known for how long a deployment keeps what it stores: what is deleted on a guess is gone. */
export function isRetentionKnown(
  { settingsProblems }: Deployment,
  name: "event_retention_days" | "history_retention_days" | "agent_retention_days",
): boolean {
  return !settingsProblems.some(({ setting }) => setting === null || setting === name);
}

/** Replaces all settings that this version knows; the coordinator goes by them at once. Those of a newer version stay. */
export async function updateDeploymentSettings(
  db: Db,
  id: string,
  settings: DeploymentSettings,
): Promise<Deployment> {
  await sql`
    update deployment set settings = ${JSON.stringify(formatDeploymentSettings(settings))}::jsonb
      || case jsonb_typeof(settings) when 'object' then settings - ${SETTING_NAMES}::text[] else '{}' end
    where id = ${id}`.execute(db);
  await notifyChange(db, topics.runs(id));
  return getDeployment(db, id);
}

function readDeployment(row: {
  readonly id: string;
  readonly name: string;
  readonly settings: unknown;
}): Deployment {
  const { settings, problems } = readStoredSettings(row.settings);
  return { id: row.id, name: row.name, settings, settingsProblems: problems };
}
