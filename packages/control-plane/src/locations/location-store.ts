import { sql, type RawBuilder } from "kysely";
import {
  requireLocationName,
  parseLocationDocument,
  type LocationDocument,
} from "@millrace/model/location-document";
import { topics } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";
import { notifyChange } from "../wake/notify-change.ts";

export const VERSION_STATES = ["loading", "loaded", "failed"] as const;

/** How one revision of a location fared. */
export interface LocationVersion {
  readonly revision: number;
  /** `failed` with a snapshot: it served, and then could not be loaded again. */
  readonly state: (typeof VERSION_STATES)[number];
  readonly codeDigest: string | null;
  /** An ErrorInfo, see @millrace/model/run-event. */
  readonly error: unknown;
  /** What is odd about definitions that loaded all the same. */
  readonly warnings: readonly string[];
  readonly agentId: string | null;
  readonly createdAt: Date;
  readonly loadedAt: Date | null;
}

/** A code location as users see it. */
export interface CodeLocation {
  readonly name: string;
  readonly document: unknown;
  readonly revision: number;
  /** The version that answers; null while none has loaded. */
  readonly serving: LocationVersion | null;
  /** The newest version that an agent has said something about. */
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

/**
 * Adds a location, or changes its document, which agents then load as a new revision. The same document again changes nothing.
 *
 * @throws InvalidLocationDocument naming the field.
 */
export async function setCodeLocation(
  db: Db,
  deploymentId: string,
  name: string,
  document: unknown,
): Promise<CodeLocation> {
  requireLocationName(name);
  const text = JSON.stringify(parseLocationDocument(document));
  await db
    .insertInto("code_location")
    .values({ deployment_id: deploymentId, name, document: text })
    .onConflict((conflict) =>
      conflict
        .columns(["deployment_id", "name"])
        .where("removed_at", "is", null)
        .doUpdateSet({ document: text, revision: sql`code_location.revision + 1`, updated_at: sql`now()` })
        .where("code_location.document", "!=", text),
    )
    .execute();
  await notifyChange(db, topics.locations(deploymentId));
  return getCodeLocation(db, deploymentId, name);
}

/** Has agents load the code again as a new revision; what serves goes on serving. Null when there is no such location. */
export async function reloadCodeLocation(
  db: Db,
  deploymentId: string,
  name: string,
): Promise<CodeLocation | null> {
  await db
    .updateTable("code_location")
    .set({ revision: sql`revision + 1`, updated_at: sql`now()` })
    .where("deployment_id", "=", deploymentId)
    .where("name", "=", name)
    .where("removed_at", "is", null)
    .execute();
  await notifyChange(db, topics.locations(deploymentId));
  return findCodeLocation(db, deploymentId, name);
}

/**
 * Keeps the location's runs in the queue, or lets them start again; those that are under way go on. Null when there is no such
 * location.
 */
export async function pauseRuns(
  db: Db,
  deploymentId: string,
  name: string,
  paused: boolean,
): Promise<CodeLocation | null> {
  await db
    .updateTable("code_location")
    .set({ runs_paused_at: paused ? sql`coalesce(runs_paused_at, now())` : null })
    .where("deployment_id", "=", deploymentId)
    .where("name", "=", name)
    .where("removed_at", "is", null)
    .execute();
  await notifyChange(db, topics.locations(deploymentId), topics.runs(deploymentId));
  return findCodeLocation(db, deploymentId, name);
}

/** Agents stop serving it; its history stays. False when there was no such location. */
export async function removeCodeLocation(db: Db, deploymentId: string, name: string): Promise<boolean> {
  const result = await db
    .updateTable("code_location")
    .set({ removed_at: sql`now()`, updated_at: sql`now()` })
    .where("deployment_id", "=", deploymentId)
    .where("name", "=", name)
    .where("removed_at", "is", null)
    .executeTakeFirst();
  await notifyChange(db, topics.locations(deploymentId), topics.assets(deploymentId));
  return result.numUpdatedRows > 0n;
}

/** A location that agents should serve. */
export interface DesiredLocation {
  readonly name: string;
  readonly revision: number;
  readonly document: LocationDocument;
}

/** Every location that agents of these queues (null: of every queue) should serve, by name. */
export async function listDesiredLocations(
  db: Db,
  deploymentId: string,
  queues: readonly string[] | null,
): Promise<DesiredLocation[]> {
  const rows = await db
    .selectFrom("code_location")
    .select(["name", "revision", "document"])
    .where("deployment_id", "=", deploymentId)
    .where("removed_at", "is", null)
    .where(isOfQueues(queues))
    .orderBy("name")
    .execute();
  return rows.map((row) => ({
    name: row.name,
    revision: row.revision,
    document: row.document as LocationDocument,
  }));
}

/** Whether a code location is for agents of one of the queues; null: of every queue. */
export function isOfQueues(queues: readonly string[] | null): RawBuilder<boolean> {
  return queues === null
    ? sql<boolean>`true`
    : sql<boolean>`coalesce(code_location.document ->> 'queue', 'default') = any(${queues})`;
}

async function getCodeLocation(db: Db, deploymentId: string, name: string): Promise<CodeLocation> {
  const location = await findCodeLocation(db, deploymentId, name);
  if (location === null) throw new Error(`Code location ${name} was removed while it was being set`);
  return location;
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
  return rows.map((row) => ({
    name: row.name,
    document: row.document,
    revision: row.revision,
    serving: toVersion(versions.find(({ id }) => id === row.serving_version_id)),
    latest: toVersion(versions.find(({ location_id: locationId }) => locationId === row.id)),
    runsPausedAt: row.runs_paused_at,
    updatedAt: row.updated_at,
  }));
}

interface VersionRow {
  readonly revision: number;
  readonly state: string;
  readonly code_digest: string | null;
  readonly error: unknown;
  readonly warnings: readonly string[];
  readonly agent_id: string | null;
  readonly created_at: Date;
  readonly loaded_at: Date | null;
}

function toVersion(row: VersionRow | undefined): LocationVersion | null {
  if (row === undefined) return null;
  return {
    revision: row.revision,
    state: row.state === "loaded" || row.state === "failed" ? row.state : "loading",
    codeDigest: row.code_digest,
    error: row.error,
    warnings: row.warnings,
    agentId: row.agent_id,
    createdAt: row.created_at,
    loadedAt: row.loaded_at,
  };
}
