import {
  applyAssetEvent,
  type AssetEvent,
  placeName,
  UNKNOWN_ASSET_STATE,
  type AssetState,
  type AssetStateEvent,
} from "@millrace/model/data-versions/asset-state";
import type { RunEvent } from "@millrace/model/run-event";
import type { RunQuestion, SeenRun } from "@millrace/model/seen-run";
import type { Metadata } from "@millrace/model/metadata";
import type { DeploymentRun } from "./deployment.ts";
import type { TickQuestions } from "./deployment-questions.ts";
import type { RunInstance } from "./run-instance.ts";

/** A deployment in memory. */
export interface MemoryRunInstance extends RunInstance, TickQuestions {
  /** Takes down what an event of a run says about an asset, as a control plane does. */
  recordEvent(runId: string, event: RunEvent): void;
}

/** What was made before a test, as `sensedMaterialization` says it. */
export interface MemoryMaterialization {
  readonly assetKey: string;
  readonly partitionKey: string | null;
  readonly runId: string | null;
  readonly timestamp: Date;
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
}

/** A run of a test, as `sensedRun` says it. */
export interface MemoryRun extends DeploymentRun {
  /** The assets that it makes; needed where code asks for runs by asset. */
  readonly assetKeys?: readonly string[];
}

/** What a deployment in memory knows from the beginning. */
export interface MemoryRunInstanceOptions {
  /** Keys of dynamic partitions by their name, oldest first. */
  readonly dynamicPartitions?: Readonly<Record<string, readonly string[]>>;
  /** What was made before, oldest first, see `sensedMaterialization`. */
  readonly materializations?: readonly MemoryMaterialization[];
  /** Runs that are or were, oldest first, see `sensedRun`. */
  readonly runs?: readonly MemoryRun[];
  /** Run keys with which the schedule or sensor of the test has launched runs before. */
  readonly launchedRunKeys?: readonly string[];
}

/**
 * A deployment in memory, for runs without a control plane. Give one to several runs of a test when a later one is to see
 * what an earlier one did.
 *
 * @example
 * const files = asset("files", { partitions: dynamicPartitions("files") }, (context) => context.partitionKey);
 * const instance = memoryRunInstance({ dynamicPartitions: { files: ["a.csv"] } });
 * await materialize([files], { instance, partitionKey: "a.csv" });
 */
export function memoryRunInstance(options: MemoryRunInstanceOptions = {}): MemoryRunInstance {
  const dynamicPartitions = new Map(
    Object.entries(options.dynamicPartitions ?? {}).map(([name, keys]) => [name, new Set(keys)]),
  );
  const states = new Map<string, AssetState>();
  const history: {
    readonly name: string;
    readonly kind: AssetEvent["type"];
    readonly event: AssetStateEvent;
  }[] = [];
  let sequence = 0;

  function recordEvent(runId: string | null, event: AssetEvent): void {
    sequence++;
    for (const partition of new Set([null, event.partition])) {
      const name = placeName({ assetKey: event.assetKey, partition });
      const before = states.get(name) ?? UNKNOWN_ASSET_STATE;
      const after = applyAssetEvent(before, event, runId, sequence);
      states.set(name, after);
      const added = event.type === "ASSET_OBSERVATION" ? after.observation : after.materialization;
      if (added) history.push({ name, kind: event.type, event: { ...added, provenance: null } });
    }
  }

  for (const made of options.materializations ?? []) recordEvent(made.runId, toAssetEvent(made));
  return {
    listDynamicPartitions: (name) => Promise.resolve([...(dynamicPartitions.get(name) ?? [])]),
    async addDynamicPartitions(name, keys) {
      const known = dynamicPartitions.get(name) ?? new Set();
      for (const key of keys) known.add(key);
      dynamicPartitions.set(name, known);
    },
    async deleteDynamicPartitions(name, keys) {
      for (const key of keys) dynamicPartitions.get(name)?.delete(key);
    },
    // Pools are limited by the deployment: without one, every step has its slot.
    claimPoolSlot: () => Promise.resolve(true),
    freePoolSlot: () => Promise.resolve(),
    findAssetStates: (places) =>
      Promise.resolve(places.map((place) => states.get(placeName(place)) ?? UNKNOWN_ASSET_STATE)),
    listAssetHistory: async ({ assetKey, partition, kind, limit }) => {
      const name = placeName({ assetKey, partition });
      const type = kind === "observation" ? "ASSET_OBSERVATION" : "ASSET_MATERIALIZATION";
      return history
        .filter((each) => each.name === name && each.kind === type)
        .map(({ event }) => event)
        .toReversed()
        .slice(0, limit);
    },
    async listAssetPartitions(key, state) {
      // Which partitions there are is not known here: those that something has happened to.
      if (state !== "materialized") return [];
      return [...states]
        .filter(([name, { materialization }]) => materialization !== null && name.startsWith(`${key}\n`))
        .map(([name]) => name.slice(key.length + 1))
        .toReversed();
    },
    listRuns: async (question) =>
      (options.runs ?? [])
        .toReversed()
        .filter((run) => isAskedFor(run, question))
        .slice(0, question.limit)
        .map(toSeenRun),
    async findLaunchedRunKeys(keys) {
      return keys.filter((key) => options.launchedRunKeys?.includes(key));
    },
    recordEvent(runId, event) {
      if (event.type === "ASSET_MATERIALIZATION" || event.type === "ASSET_OBSERVATION")
        recordEvent(runId, event);
    },
  };
}

function toAssetEvent(made: MemoryMaterialization): AssetEvent {
  const { assetKey, partitionKey: partition, timestamp, metadata, tags, dataVersion } = made;
  const what = { assetKey, partition, metadata, tags, dataVersion };
  return { ...what, type: "ASSET_MATERIALIZATION", timestamp: timestamp.getTime(), stepKey: "", message: "" };
}

function isAskedFor(run: MemoryRun, question: RunQuestion): boolean {
  const { runId, jobName, statuses, partitionKey, tags, createdAfter, assetKey } = question;
  if (assetKey !== null && run.assetKeys === undefined)
    throw new Error(
      `Whether run ${run.runId} makes "${assetKey}" is not known here: say it with { ...sensedRun(…), assetKeys: [ … ] }`,
    );
  return (
    (runId === null || run.runId === runId) &&
    (assetKey === null || run.assetKeys?.includes(assetKey) === true) &&
    (jobName === null || run.jobName === jobName) &&
    (statuses === null || statuses.includes(run.status)) &&
    (partitionKey === null || run.partitionKey === partitionKey) &&
    (createdAfter === null || run.createdAt > new Date(createdAfter)) &&
    Object.entries(tags).every(([key, value]) => run.tags[key] === value)
  );
}

function toSeenRun(run: DeploymentRun): SeenRun {
  const { runId, locationName, jobName, status, partitionKey, tags, failedSteps, error, willRetry, url } =
    run;
  return {
    runId,
    locationName,
    jobName,
    status,
    partitionKey,
    tags,
    failedSteps,
    error,
    willRetry,
    url,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    endedAt: run.endedAt?.toISOString() ?? null,
  };
}
