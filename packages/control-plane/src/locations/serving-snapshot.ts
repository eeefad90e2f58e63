import type {
  Asset,
  AssetCheck,
  Job,
  LocationSnapshot,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { Db } from "../database/connect.ts";
import { decodedSnapshots, getSnapshot } from "./snapshot-store.ts";

/** The definitions that a code location serves now, with what one looks up in them. Shared: never change it. */
export interface ServingSnapshot {
  readonly locationName: string;
  readonly versionId: string;
  readonly revision: number;
  /** The queue whose agents run the location's code. */
  readonly queue: string;
  /** SHA-256 of the snapshot, hexadecimal: equal digests, equal definitions. */
  readonly digest: string;
  readonly snapshot: LocationSnapshot;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly jobs: ReadonlyMap<string, Job>;
  /** By asset key. */
  readonly checks: ReadonlyMap<string, readonly AssetCheck[]>;
}

/** What one location serves, or null while it has never loaded or is not there. */
export async function findServingSnapshot(
  db: Db,
  deploymentId: string,
  locationName: string,
): Promise<ServingSnapshot | null> {
  const rows = await selectServing(db, deploymentId).where("code_location.name", "=", locationName).execute();
  const [row] = rows;
  decodedSnapshots.keepServed(deploymentId, locationName, row ? digestOf(row) : null);
  return row ? toServingSnapshot(db, row) : null;
}

/** What every location of the deployment serves, by name; locations that have never loaded are left out. */
export async function listServingSnapshots(db: Db, deploymentId: string): Promise<ServingSnapshot[]> {
  const rows = await selectServing(db, deploymentId).orderBy("code_location.name").execute();
  decodedSnapshots.keepAllServed(deploymentId, new Map(rows.map((row) => [row.name, digestOf(row)])));
  return Promise.all(rows.map((row) => toServingSnapshot(db, row)));
}

/**
 * Where to look for what a request names: in the location it gives, or in all when it gives none, or one that is not there, so that
 * the answer can say which are.
 */
export async function listNamedSnapshots(
  db: Db,
  deploymentId: string,
  locationName: string | null,
): Promise<ServingSnapshot[]> {
  const named = locationName === null ? null : await findServingSnapshot(db, deploymentId, locationName);
  return named === null ? listServingSnapshots(db, deploymentId) : [named];
}

interface ServingRow {
  readonly name: string;
  readonly queue: string;
  readonly id: string;
  readonly revision: number;
  readonly snapshot_digest: Buffer;
}

function selectServing(db: Db, deploymentId: string) {
  return db
    .selectFrom("code_location")
    .innerJoin("location_version", "location_version.id", "code_location.serving_version_id")
    .select([
      "code_location.name",
      "code_location.queue",
      "location_version.id",
      "location_version.revision",
      "location_version.snapshot_digest",
    ])
    .where("code_location.deployment_id", "=", deploymentId)
    .where("code_location.removed_at", "is", null)
    .where("location_version.snapshot_digest", "is not", null)
    .$narrowType<{ snapshot_digest: Buffer }>();
}

function digestOf(row: ServingRow): string {
  return row.snapshot_digest.toString("hex");
}

/** What one looks up in a snapshot. */
type SnapshotIndex = Pick<ServingSnapshot, "assets" | "jobs" | "checks">;

const indexes = new WeakMap<LocationSnapshot, SnapshotIndex>();

/** The index of a snapshot, kept as long as the decoded snapshot itself. */
export function getSnapshotIndex(snapshot: LocationSnapshot): SnapshotIndex {
  let index = indexes.get(snapshot);
  if (!index) {
    index = {
      assets: new Map(snapshot.assets.map((asset) => [asset.key, asset])),
      jobs: new Map(snapshot.jobs.map((job) => [job.name, job])),
      checks: Map.groupBy(snapshot.checks, (check) => check.assetKey),
    };
    indexes.set(snapshot, index);
  }
  return index;
}

async function toServingSnapshot(db: Db, row: ServingRow): Promise<ServingSnapshot> {
  const snapshot = await getSnapshot(db, row.snapshot_digest);
  return {
    locationName: row.name,
    versionId: row.id,
    revision: row.revision,
    queue: row.queue,
    digest: digestOf(row),
    snapshot,
    ...getSnapshotIndex(snapshot),
  };
}
