import type { Db } from "../database/connect.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { formatDeploymentSettings, parseDeploymentSettings, type DeploymentSettings } from "./settings.ts";

/** The deployment that every installation begins with. */
export const DEFAULT_DEPLOYMENT = "default";

/** One isolated world of runs, assets and settings. */
export interface Deployment {
  readonly id: string;
  readonly name: string;
  readonly settings: DeploymentSettings;
}

/** Throws when the deployment is not there: whoever has its id got it from the database. */
export async function getDeployment(db: Db, id: string): Promise<Deployment> {
  const row = await db
    .selectFrom("deployment")
    .select(["id", "name", "settings"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return { id: row.id, name: row.name, settings: parseDeploymentSettings(row.settings) };
}

/** Every deployment, for daemons; with `queuedOnly` those that have runs in the queue. */
export async function listDeployments(db: Db, { queuedOnly = false } = {}): Promise<Deployment[]> {
  const rows = await db
    .selectFrom("deployment")
    .select(["id", "name", "settings"])
    .$if(queuedOnly, (query) =>
      query.where((where) =>
        where.exists(
          where
            .selectFrom("run")
            .whereRef("run.deployment_id", "=", "deployment.id")
            .where("status", "=", "QUEUED"),
        ),
      ),
    )
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, settings: parseDeploymentSettings(row.settings) }));
}

/** Replaces all settings; the coordinator goes by them at once. */
export async function updateDeploymentSettings(
  db: Db,
  id: string,
  settings: DeploymentSettings,
): Promise<Deployment> {
  await db
    .updateTable("deployment")
    .set({ settings: JSON.stringify(formatDeploymentSettings(settings)) })
    .where("id", "=", id)
    .execute();
  await notifyChange(db, "runs");
  return getDeployment(db, id);
}
