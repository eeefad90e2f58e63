import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import { parseLocationDocument, type LocationDocument } from "@millrace/model/location-document";
import { explainUnknownName } from "@millrace/model/near-names";
import { topics } from "@millrace/model/topic";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { getCodeLocation, listCodeLocations, type CodeLocation } from "./location-store.ts";
import { insertVersion } from "./version-store.ts";

/** There is no version that a location could be rolled back to, or not this one. */
export class CannotRollBack extends ExpectedError {
  readonly code = "cannot_roll_back";
}

/** What a roll back has done. */
export interface RolledBack {
  readonly location: CodeLocation;
  /** The revision whose document the newest one has again. */
  readonly basedOn: number;
  /** What is not as it was at that revision; null: all is. */
  readonly warning: string | null;
}

/**
 * Gives a location the document of an older revision again, as a new revision that agents load; what serves goes on serving until then.
 *
 * @param revision null: the newest that has loaded and has another document than the location has now.
 * @throws UnknownDefinition when there is no such location; CannotRollBack naming the revisions there are; InvalidLocationDocument
 * when the document can't be used any more.
 */
export async function rollBackCodeLocation(
  db: Db,
  deploymentId: string,
  {
    name,
    revision,
    askedBy,
  }: { readonly name: string; readonly revision: number | null; readonly askedBy: string },
): Promise<RolledBack> {
  return inTransaction(db, async (trx) => {
    const current = await trx
      .selectFrom("code_location")
      .select(["id", "name", "revision", "document"])
      .where("deployment_id", "=", deploymentId)
      .where("name", "=", name)
      .where("removed_at", "is", null)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!current) throw await unknownLocation(trx, deploymentId, name);
    const target =
      revision === null ? await findEarlier(trx, current) : await findRevision(trx, current, revision);
    const document = parseLocationDocument(target.document);
    await trx
      .updateTable("code_location")
      .set({ document: JSON.stringify(document), revision: current.revision + 1, updated_at: sql`now()` })
      .where("id", "=", current.id)
      .execute();
    await insertVersion(trx, current.id, { reason: "rolled_back", askedBy, basedOn: target.revision });
    await notifyChange(trx, topics.locations(deploymentId));
    return {
      location: await getCodeLocation(trx, deploymentId, name),
      basedOn: target.revision,
      warning: warnOf(document, target.revision),
    };
  });
}

interface Current {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly document: unknown;
}

interface Target {
  readonly revision: number;
  readonly document: unknown;
}

async function findEarlier(trx: Trx, current: Current): Promise<Target> {
  const target = await trx
    .selectFrom("location_version")
    .select(["revision", "document"])
    .where("location_id", "=", current.id)
    .where("revision", "<", current.revision)
    .where("snapshot_digest", "is not", null)
    .where("document", "!=", JSON.stringify(current.document))
    .orderBy("revision", "desc")
    .limit(1)
    .executeTakeFirst();
  if (target) return target;
  const { code } = parseLocationDocument(current.document);
  const hint =
    code.kind === "folder"
      ? `. Its code is in ${code.workingDirectory}: bring older files back there, and reload it`
      : "";
  throw new CannotRollBack(`No version of ${current.name} that has loaded has another document${hint}`);
}

async function findRevision(trx: Trx, current: Current, revision: number): Promise<Target> {
  if (revision === current.revision)
    throw new CannotRollBack(
      `Revision ${revision} of ${current.name} is the newest: reload it to load it again`,
    );
  const versions = await trx
    .selectFrom("location_version")
    .select(["revision", "document"])
    .where("location_id", "=", current.id)
    .where("document", "is not", null)
    .orderBy("revision")
    .execute();
  const target = versions.find((version) => version.revision === revision);
  if (target) return target;
  const kept = versions.map((version) => version.revision).filter((each) => each !== current.revision);
  throw new CannotRollBack(
    `The document of a revision ${revision} of ${current.name} is not kept; ${kept.length === 0 ? "no other is" : `kept are ${kept.join(", ")}`}`,
  );
}

function warnOf({ code, gitCommit }: LocationDocument, revision: number): string | null {
  if (code.kind === "image") return null;
  const how = gitCommit === undefined ? "" : `, such as with git checkout ${gitCommit}`;
  return `The code is in ${code.workingDirectory} on the agent's machine: the files that are there now are loaded, not those of revision ${revision}. Bring these back there${how}, and reload.`;
}

async function unknownLocation(trx: Trx, deploymentId: string, name: string): Promise<UnknownDefinition> {
  const names = (await listCodeLocations(trx, deploymentId)).map((location) => location.name);
  return new UnknownDefinition(`There is no code location "${name}"${explainUnknownName(name, names)}`);
}
