import type { LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { findRenamedAssets } from "../../assets/catalog/find-renamed-assets.ts";
import type { Db } from "../../database/connect.ts";
import { findServingSnapshot, type ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { getSnapshot } from "../../locations/snapshot-store.ts";
import type { EarlierOutputs } from "../earlier-outputs.ts";
import type { Run } from "../run-store.ts";
import {
  listRunProducts,
  listStepHistories,
  type KeptStepHistory,
  type RunProducts,
} from "../steps/step-history-store.ts";

/** What repetitions of some runs of a deployment are planned from. Whatever is asked for is read once, for all of these runs. */
export interface RepetitionSources {
  findServing(locationName: string): Promise<ServingSnapshot | null>;
  /** The definitions by which a run was launched; null: they are no longer kept. */
  findSnapshotOf(run: Run): Promise<LocationSnapshot | null>;
  /** Keys of today by those that assets had before. */
  findRenamed(): Promise<ReadonlyMap<string, string>>;
  /** What a run had from the runs that it repeated a part of; null for one that was whole. */
  findEarlier(run: Run): Promise<EarlierOutputs | null>;
  /** Undefined: nothing is known of it. */
  findHistory(run: Run): Promise<KeptStepHistory | undefined>;
  findProducts(run: Run): Promise<RunProducts | undefined>;
}

/** The sources of these runs, as they are when they are first asked for. */
export function createRepetitionSources(
  db: Db,
  deploymentId: string,
  runs: readonly Run[],
): RepetitionSources {
  const ids = runs.map(({ id }) => id);
  const renamed = once(() => findRenamedAssets(db, deploymentId));
  const earlier = once(() => listEarlier(db, runs));
  const histories = once(() => listStepHistories(db, ids));
  const products = once(() => listRunProducts(db, ids));
  const serving = onceFor((name: string) => findServingSnapshot(db, deploymentId, name));
  const versions = onceFor((id: string) => findSnapshotOfVersion(db, id));
  return {
    findServing: serving,
    findSnapshotOf: async ({ locationVersionId }) =>
      locationVersionId === null ? null : versions(locationVersionId),
    findRenamed: renamed,
    findEarlier: async ({ id, stepSelection }) =>
      stepSelection === null ? null : ((await earlier()).get(id) ?? null),
    findHistory: async ({ id }) => (await histories()).get(id),
    findProducts: async ({ id }) => (await products()).get(id),
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= read());
}

function onceFor<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (key) => {
    const answer = answers.get(key) ?? read(key);
    answers.set(key, answer);
    return answer;
  };
}

async function findSnapshotOfVersion(db: Db, id: string): Promise<LocationSnapshot | null> {
  const version = await db
    .selectFrom("location_version")
    .select("snapshot_digest")
    .where("id", "=", id)
    .executeTakeFirst();
  return version?.snapshot_digest ? getSnapshot(db, version.snapshot_digest) : null;
}

async function listEarlier(db: Db, runs: readonly Run[]): Promise<Map<string, EarlierOutputs | null>> {
  const parts = runs.filter(({ stepSelection }) => stepSelection !== null).map(({ id }) => id);
  const rows = await db.selectFrom("run").select(["id", "history"]).where("id", "in", parts).execute();
  return new Map(rows.map(({ id, history }) => [id, history as EarlierOutputs | null]));
}
