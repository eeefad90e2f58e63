import { sql } from "kysely";
import {
  requireLocationName,
  parseLocationDocument,
  type LocationDocument,
} from "@millrace/model/location-document";
import { topics } from "@millrace/model/topic";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { findCodeLocation, getCodeLocation, type CodeLocation } from "./location-store.ts";
import { insertVersion } from "./version-store.ts";

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
  askedBy: string,
): Promise<CodeLocation> {
  requireLocationName(name);
  const parsed = parseLocationDocument(document);
  return inTransaction(db, async (trx) => {
    const written = await writeDocument(trx, deploymentId, name, parsed);
    if (written !== null) await insertWrittenVersion(trx, written, askedBy);
    await notifyChange(trx, topics.locations(deploymentId));
    return getCodeLocation(trx, deploymentId, name);
  });
}

/** Has agents load the code again as a new revision; what serves goes on serving. Null when there is no such location. */
export async function reloadCodeLocation(
  db: Db,
  deploymentId: string,
  name: string,
  askedBy: string,
): Promise<CodeLocation | null> {
  return inTransaction(db, async (trx) => {
    const row = await trx
      .updateTable("code_location")
      .set({ revision: sql`revision + 1`, updated_at: sql`now()` })
      .where("deployment_id", "=", deploymentId)
      .where("name", "=", name)
      .where("removed_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (!row) return null;
    await insertVersion(trx, row.id, { reason: "reloaded", askedBy, basedOn: null });
    await notifyChange(trx, topics.locations(deploymentId));
    return getCodeLocation(trx, deploymentId, name);
  });
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

/** What a location has since its document was written. */
export interface WrittenDocument {
  readonly id: string;
  readonly revision: number;
}

/** Stores the document of a location under a new revision, whose version is still to be noted; null: it has this document already. */
export async function writeDocument(
  trx: Trx,
  deploymentId: string,
  name: string,
  document: LocationDocument,
): Promise<WrittenDocument | null> {
  const text = JSON.stringify(document);
  const row = await trx
    .insertInto("code_location")
    .values({ deployment_id: deploymentId, name, document: text })
    .onConflict((conflict) =>
      conflict
        .columns(["deployment_id", "name"])
        .where("removed_at", "is", null)
        .doUpdateSet({ document: text, revision: sql`code_location.revision + 1`, updated_at: sql`now()` })
        .where("code_location.document", "!=", text),
    )
    .returning(["id", "revision"])
    .executeTakeFirst();
  return row ?? null;
}

/** Notes the version that a written document makes. */
export async function insertWrittenVersion(
  trx: Trx,
  { id, revision }: WrittenDocument,
  askedBy: string,
): Promise<void> {
  await insertVersion(trx, id, { reason: revision === 1 ? "added" : "changed", askedBy, basedOn: null });
}
