import { sql } from "kysely";
import {
  InvalidLocationDocument,
  parseLocationDocument,
  requireLocationName,
  type LocationDocument,
} from "@millrace/model/location-document";
import { topics } from "@millrace/model/topic";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { notifyChange } from "../wake/notify-change.ts";
import type { FieldChange } from "./changes/diff-snapshots.ts";
import { insertWrittenVersion, writeDocument, type WrittenDocument } from "./change-location-store.ts";
import { diffDocuments } from "./compare-versions.ts";

/** What is done with a location when those of a deployment are made those of a list. */
export const SYNC_CHANGES = ["added", "updated", "unchanged", "removed", "unlisted"] as const;

/** A location that there should be. */
export interface ListedLocation {
  readonly name: string;
  readonly document?: unknown;
}

/** What was done with one location, or would be. */
export interface SyncedLocation {
  readonly name: string;
  /** `unlisted`: it stays, though the list does not have it. */
  readonly change: (typeof SYNC_CHANGES)[number];
  /** The revision that it has now; of one that is removed, or would only be added, null. */
  readonly revision: number | null;
  /** What is different in its document, of one that is updated. */
  readonly document: readonly FieldChange[];
}

/** How a sync is done, and for whom. */
export interface SyncOptions {
  /** Whether locations that the list does not have are removed. */
  readonly prune: boolean;
  /** Whether to say only what would be done. */
  readonly dryRun: boolean;
  readonly askedBy: string;
}

/**
 * Makes the locations of a deployment those of a list: all of it, or nothing. The same list again changes nothing.
 *
 * @returns what was done, by name.
 * @throws InvalidLocationDocument naming the location and its field.
 */
export async function syncCodeLocations(
  db: Db,
  deploymentId: string,
  listed: readonly ListedLocation[],
  { prune, dryRun, askedBy }: SyncOptions,
): Promise<SyncedLocation[]> {
  const wanted = parseListed(listed);
  return inTransaction(db, async (trx) => {
    const current = await lockLocations(trx, deploymentId);
    const planned = planSync(current, wanted, prune);
    if (dryRun) return planned;
    const removed = new Set(planned.filter(({ change }) => change === "removed").map(({ name }) => name));
    await removeLocations(
      trx,
      current.filter(({ name }) => removed.has(name)).map(({ id }) => id),
    );
    const written = new Map<string, WrittenDocument>();
    for (const { name, change } of planned) {
      const document = wanted.get(name);
      if (document === undefined || change === "unchanged") continue;
      const row = await writeDocument(trx, deploymentId, name, document);
      if (row !== null) written.set(name, row);
    }
    for (const row of written.values()) await insertWrittenVersion(trx, row, askedBy);
    await notifyChange(
      trx,
      topics.locations(deploymentId),
      ...(removed.size > 0 ? [topics.assets(deploymentId)] : []),
    );
    return planned.map((location) => ({
      ...location,
      revision: written.get(location.name)?.revision ?? location.revision,
    }));
  });
}

interface CurrentLocation {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly document: unknown;
}

function parseListed(listed: readonly ListedLocation[]): ReadonlyMap<string, LocationDocument> {
  const wanted = new Map<string, LocationDocument>();
  for (const { name, document } of listed) {
    requireLocationName(name);
    if (wanted.has(name)) throw new InvalidLocationDocument(`The code location "${name}" is listed twice`);
    try {
      wanted.set(name, parseLocationDocument(document));
    } catch (error) {
      if (!(error instanceof InvalidLocationDocument)) throw error;
      throw new InvalidLocationDocument(`Code location "${name}": ${error.message}`, error.field);
    }
  }
  return wanted;
}

/** What there is, so that it stays until the transaction ends; by id, so that two who sync do not wait in a circle. */
async function lockLocations(trx: Trx, deploymentId: string): Promise<CurrentLocation[]> {
  return trx
    .selectFrom("code_location")
    .select(["id", "name", "revision", "document"])
    .where("deployment_id", "=", deploymentId)
    .where("removed_at", "is", null)
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
}

/** By name: those who add the same locations meet at the first, not in a circle. */
function planSync(
  current: readonly CurrentLocation[],
  wanted: ReadonlyMap<string, LocationDocument>,
  prune: boolean,
): SyncedLocation[] {
  const present = new Map(current.map((location) => [location.name, location]));
  return [...new Set([...present.keys(), ...wanted.keys()])].toSorted().map((name) => {
    const before = present.get(name);
    const after = wanted.get(name);
    if (before === undefined) return { name, change: "added", revision: null, document: [] };
    if (after === undefined)
      return prune
        ? { name, change: "removed", revision: null, document: [] }
        : { name, change: "unlisted", revision: before.revision, document: [] };
    const document = diffDocuments(before.document, after);
    return {
      name,
      change: document.length > 0 ? "updated" : "unchanged",
      revision: before.revision,
      document,
    };
  });
}

async function removeLocations(trx: Trx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable("code_location")
    .set({ removed_at: sql`now()`, updated_at: sql`now()` })
    .where("id", "in", ids)
    .execute();
}
