import { BadRequest } from "../api/bad-request.ts";
import type { Db } from "../database/connect.ts";
import { getSnapshot } from "./snapshot-store.ts";
import {
  diffFields,
  diffSnapshots,
  type FieldChange,
  type SnapshotChanges,
} from "./changes/diff-snapshots.ts";

/** What is different between two versions of a location. */
export interface VersionChanges extends SnapshotChanges {
  readonly from: number;
  readonly to: number;
  /** Of what the versions were made from; empty also where one is older than the history of documents. */
  readonly document: readonly FieldChange[];
  /** Whether the code itself differs, also where it defines the same; null: an agent did not say which it is. */
  readonly isCodeChanged: boolean | null;
}

/**
 * Compares two versions of a location that have loaded.
 *
 * @param from a revision; null: the last before `to` that has loaded.
 * @param to a revision; null: the newest that has loaded.
 * @throws BadRequest when there is no such version, or it has never loaded.
 */
export async function compareVersions(
  db: Db,
  location: { readonly id: string; readonly name: string },
  from: number | null,
  to: number | null,
): Promise<VersionChanges> {
  const loaded = await db
    .selectFrom("location_version")
    .select(["revision", "document", "code_digest", "snapshot_digest"])
    .where("location_id", "=", location.id)
    .where("snapshot_digest", "is not", null)
    .$narrowType<{ snapshot_digest: Buffer }>()
    .orderBy("revision", "desc")
    .execute();
  const find = (asked: number | null, isIt: (revision: number) => boolean, what: string) => {
    const version = loaded.find(({ revision }) => (asked === null ? isIt(revision) : revision === asked));
    if (version) return version;
    const revisions = loaded.map(({ revision }) => revision).join(", ");
    const kept = revisions === "" ? "none has" : `those that have are ${revisions}`;
    throw new BadRequest(`${location.name} has no ${what} that has loaded and is kept; ${kept}`);
  };
  const after = find(to, () => true, to === null ? "version" : `revision ${to}`);
  const before = find(
    from,
    (revision) => revision < after.revision,
    from === null ? `version before revision ${after.revision}` : `revision ${from}`,
  );
  const snapshots = [
    await getSnapshot(db, before.snapshot_digest),
    await getSnapshot(db, after.snapshot_digest),
  ] as const;
  return {
    from: before.revision,
    to: after.revision,
    document:
      before.document === null || after.document === null
        ? []
        : diffDocuments(before.document, after.document),
    isCodeChanged:
      before.code_digest === null || after.code_digest === null
        ? null
        : before.code_digest !== after.code_digest,
    ...diffSnapshots(...snapshots),
  };
}

/** What is different between two documents of a location. */
export function diffDocuments(before: unknown, after: unknown): readonly FieldChange[] {
  return diffFields(flatten(before), flatten(after));
}

/** The fields of a document with those of its code beside the others. */
function flatten(document: unknown): Readonly<Record<string, unknown>> {
  const { code, ...others } = document as { readonly code?: object };
  return { ...code, ...others };
}
