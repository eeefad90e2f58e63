import { placeName, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import { findStaleness, type Staleness } from "@millrace/model/data-versions/staleness";
import type { VersionFacts } from "@millrace/model/data-versions/version-facts";
import type { Db } from "../../database/connect.ts";
import type { AssetCatalog } from "../catalog/asset-catalog.ts";
import { findAssetVersions, findVersionMarks, type AssetVersions } from "./asset-version-store.ts";
import { createFacts, createVersionGraph, listNeeded } from "./version-graph.ts";

const MINUTE = 60_000;
/** Deployments that are kept for each database, the least lately asked for dropped first. */
const MAX_DEPLOYMENTS = 8;

/** What was found out of all assets of a deployment, and what it came from. */
interface Known {
  readonly catalog: AssetCatalog;
  /** Windows of time begin and end at whole minutes: within one, the same partitions exist. */
  readonly minute: number;
  readonly facts: VersionFacts;
  readonly partitions: readonly AssetPlace[];
  /** By the name of a place, the assets that it decides about. */
  readonly deciding: ReadonlyMap<string, readonly string[]>;
  readonly places: ReadonlyMap<string, AssetPlace>;
  readonly marks: Map<string, string>;
  readonly versions: Map<string, AssetVersions>;
  readonly staleness: Map<string, Staleness>;
}

interface Kept {
  known: Known | null;
  /** Ends when whoever asked last has the answer: an older answer must not undo a newer one. */
  turn: Promise<unknown>;
}

const byDatabase = new WeakMap<Db, Map<string, Kept>>();

/**
 * Whether each asset of the catalog is up to date as a whole, by key. Only what has changed since it was asked last is read, and
 * only what that decides about is worked out again. Shared: never change it.
 */
export async function listWholeStaleness(
  db: Db,
  deploymentId: string,
  catalog: AssetCatalog,
  now: number,
): Promise<ReadonlyMap<string, Staleness>> {
  const kept = keep(db, deploymentId);
  const answer = kept.turn.then(() => refresh(db, deploymentId, kept, catalog, Math.floor(now / MINUTE)));
  kept.turn = answer.catch(() => undefined);
  return answer;
}

async function refresh(
  db: Db,
  deploymentId: string,
  kept: Kept,
  catalog: AssetCatalog,
  minute: number,
): Promise<ReadonlyMap<string, Staleness>> {
  if (kept.known?.catalog !== catalog || kept.known.minute !== minute)
    kept.known = createKnown(catalog, minute, kept.known);
  const { known } = kept;
  const marks = await findVersionMarks(db, deploymentId, known.partitions);
  const changed = [...known.places].filter(([name]) => marks.get(name) !== known.marks.get(name));
  const versions =
    changed.length === 0
      ? new Map<string, AssetVersions>()
      : await findAssetVersions(
          db,
          deploymentId,
          changed.map(([, place]) => place),
        );
  const touched = new Set(known.staleness.size === 0 ? catalog.assets.keys() : []);
  for (const [name] of changed) {
    replace(known.marks, name, marks.get(name));
    replace(known.versions, name, versions.get(name));
    for (const key of known.deciding.get(name) ?? []) touched.add(key);
  }
  for (const key of touched) known.staleness.set(key, findStaleness(known.facts, key, null));
  return known.staleness;
}

function replace<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}

function keep(db: Db, deploymentId: string): Kept {
  const ofDatabase = byDatabase.get(db) ?? new Map<string, Kept>();
  byDatabase.set(db, ofDatabase);
  const kept = ofDatabase.get(deploymentId) ?? { known: null, turn: Promise.resolve() };
  ofDatabase.delete(deploymentId);
  ofDatabase.set(deploymentId, kept);
  const [oldest] = ofDatabase.keys();
  if (ofDatabase.size > MAX_DEPLOYMENTS && oldest !== undefined) ofDatabase.delete(oldest);
  return kept;
}

/** Versions that were read before are good for other definitions too: they say what has happened. */
function createKnown(catalog: AssetCatalog, minute: number, before: Known | null): Known {
  const graph = createVersionGraph(catalog, minute * MINUTE);
  const places = new Map<string, AssetPlace>();
  const deciding = new Map<string, string[]>();
  for (const assetKey of catalog.assets.keys()) {
    for (const place of listNeeded(graph, { assetKey, partition: null })) {
      const name = placeName(place);
      places.set(name, place);
      const keys = deciding.get(name);
      if (keys) keys.push(assetKey);
      else deciding.set(name, [assetKey]);
    }
  }
  const known = <T>(all: ReadonlyMap<string, T> = new Map()): Map<string, T> =>
    new Map([...all].filter(([name]) => places.has(name)));
  const versions = known(before?.versions);
  return {
    catalog,
    minute,
    facts: createFacts(graph, versions, catalog.renamed),
    partitions: [...places.values()].filter(({ partition }) => partition !== null),
    deciding,
    places,
    marks: known(before?.marks),
    versions,
    staleness: new Map(),
  };
}
