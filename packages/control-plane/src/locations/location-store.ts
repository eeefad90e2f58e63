import { sql, type RawBuilder } from "kysely";
import type { ContainerSettings } from "@millrace/model/container-settings";
import { mergeContainerSettings } from "@millrace/model/merge-container-settings";
import type { LocationDocument } from "@millrace/model/location-document";
import type { Db } from "../database/connect.ts";
import { readStoredSettings } from "../deployments/settings.ts";
import { toVersion, type LocationVersion } from "./version-store.ts";

/** A code location as users see it. */
export interface CodeLocation {
  readonly id: string;
  readonly name: string;
  readonly document: unknown;
  readonly revision: number;
  /** The version that answers; null while none has loaded. */
  readonly serving: LocationVersion | null;
  /** The newest version: how far the revision is that was asked for last. */
  readonly latest: LocationVersion | null;
  /** Since when none of its runs leaves the queue; null: they do. */
  readonly runsPausedAt: Date | null;
  readonly updatedAt: Date;
}

/** All locations of a deployment, by name. */
export async function listCodeLocations(db: Db, deploymentId: string): Promise<CodeLocation[]> {
  return selectLocations(db, deploymentId, null);
}

/** Null when there is no location of that name (any more). */
export async function findCodeLocation(
  db: Db,
  deploymentId: string,
  name: string,
): Promise<CodeLocation | null> {
  return (await selectLocations(db, deploymentId, name))[0] ?? null;
}

/** A location that the transaction has just changed. */
export async function getCodeLocation(db: Db, deploymentId: string, name: string): Promise<CodeLocation> {
  const location = await findCodeLocation(db, deploymentId, name);
  if (location === null) throw new Error(`Code location ${name} was removed while it was being set`);
  return location;
}

/** A location that agents should serve. */
export interface DesiredLocation {
  readonly name: string;
  readonly revision: number;
  readonly document: LocationDocument;
}

/**
 * Every location that agents of these queues (null: of every queue) should serve, by name. Their documents hold what the deployment says
 * of containers too.
 */
export async function listDesiredLocations(
  db: Db,
  deploymentId: string,
  queues: readonly string[] | null,
): Promise<DesiredLocation[]> {
  const rows = await db
    .selectFrom("code_location")
    .innerJoin("deployment", "deployment.id", "code_location.deployment_id")
    .select(["code_location.name", "code_location.revision", "code_location.document", "deployment.settings"])
    .where("code_location.deployment_id", "=", deploymentId)
    .where("code_location.removed_at", "is", null)
    .where(isOfQueues(queues))
    .orderBy("code_location.name")
    .execute();
  return rows.map(({ name, revision, document, settings }) => ({
    name,
    revision,
    document: withContainer(document as LocationDocument, readStoredSettings(settings).settings.container),
  }));
}

function withContainer(document: LocationDocument, ofDeployment: ContainerSettings): LocationDocument {
  const container = mergeContainerSettings([ofDeployment, document.container ?? {}]);
  return Object.keys(container).length === 0 ? document : { ...document, container };
}

/** Whether a code location is for agents of one of the queues; null: of every queue. */
export function isOfQueues(queues: readonly string[] | null): RawBuilder<boolean> {
  return queues === null
    ? sql<boolean>`true`
    : sql<boolean>`coalesce(code_location.document ->> 'queue', 'default') = any(${queues})`;
}

async function selectLocations(db: Db, deploymentId: string, name: string | null): Promise<CodeLocation[]> {
  const rows = await db
    .selectFrom("code_location")
    .select(["id", "name", "document", "revision", "serving_version_id", "runs_paused_at", "updated_at"])
    .where("deployment_id", "=", deploymentId)
    .where("removed_at", "is", null)
    .$if(name !== null, (query) => query.where("name", "=", name ?? ""))
    .orderBy("name")
    .execute();
  if (rows.length === 0) return [];
  // The newest version of each location and, when that is another, the one that serves.
  const versions = await db
    .selectFrom("location_version as version")
    .innerJoin("code_location as location", "location.id", "version.location_id")
    .selectAll("version")
    .where(
      "version.location_id",
      "in",
      rows.map(({ id }) => id),
    )
    .where((where) =>
      where.or([
        where("version.id", "=", where.ref("location.serving_version_id")),
        where("version.revision", "=", (newest) =>
          newest
            .selectFrom("location_version as other")
            .select((select) => select.fn.max("other.revision").as("revision"))
            .whereRef("other.location_id", "=", "version.location_id"),
        ),
      ]),
    )
    .orderBy("version.revision", "desc")
    .execute();
  const find = (row: (typeof rows)[number], is: (version: (typeof versions)[number]) => boolean) => {
    const version = versions.find(is);
    return version === undefined ? null : toVersion(version, row.serving_version_id);
  };
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    document: row.document,
    revision: row.revision,
    serving: find(row, ({ id }) => id === row.serving_version_id),
    latest: find(row, ({ location_id: locationId }) => locationId === row.id),
    runsPausedAt: row.runs_paused_at,
    updatedAt: row.updated_at,
  }));
}
