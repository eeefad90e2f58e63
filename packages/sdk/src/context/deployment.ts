import { type AssetHistoryQuestion, MAX_HISTORY } from "@millrace/model/asset-history";
import { assetKey, type AssetKey } from "@millrace/model/asset-key";
import type { DynamicPartitions, PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { RunStatus } from "@millrace/model/run-status";
import { MAX_SEEN_RUNS, type RunReport, type SeenRun } from "@millrace/model/seen-run";
import type { DeploymentQuestions, TickQuestions } from "./deployment-questions.ts";
import { toMaterialization, type UpstreamMaterialization } from "./upstream-materialization.ts";

/** An asset as a question names it: by its definition, an `assetRef` or its key. */
type Known<P extends PartitionsDefinition | undefined> =
  | string
  | { readonly key: AssetKey; readonly partitions: P };

/** The key of a partition; an asset without partitions has none. */
type KeyOf<P> = [P] extends [undefined] ? null : string;

/** How far to look back. */
export interface HistoryOptions<P extends PartitionsDefinition | undefined> {
  /** Only this partition. Default: the asset with all its partitions. */
  readonly partitionKey?: KeyOf<P>;
  /** Default: 100; at most 1,000. */
  readonly limit?: number;
}

/** How a run goes, as code sees it. */
export interface DeploymentRun extends Omit<SeenRun, "createdAt" | "startedAt" | "endedAt">, RunTimes {}

/** When a run was launched, began and ended. */
export interface RunTimes {
  readonly createdAt: Date;
  /** Null: its first worker has not begun. */
  readonly startedAt: Date | null;
  /** Null: it has not ended. */
  readonly endedAt: Date | null;
}

/** Which runs to list; what is left out does not matter. */
export interface DeploymentRunFilter {
  readonly job?: string | { readonly name: string };
  readonly statuses?: readonly RunStatus[];
  /** Runs that make this asset: a definition or its key. */
  readonly asset?: string | { readonly key: AssetKey };
  /** Runs of this partition, or of a range that it is in. */
  readonly partitionKey?: string;
  /** All of them. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdAfter?: Date;
  /** Default: 100; at most 1,000. */
  readonly limit?: number;
}

/**
 * The deployment as code sees it: as it is when it is asked, and nothing can be changed through it. Where ticks are evaluated and
 * runs executed the control plane answers; in tests it is `memoryRunInstance`.
 *
 * @example
 * const incoming = dynamicPartitions("incoming");
 * const rows = asset("rows", { partitions: incoming }, (context) => context.partitionKey);
 * export const nightly = schedule("nightly", { cron: "0 3 * * *", target: [rows] }, async ({ deployment }) => {
 *   const keys = await deployment.dynamicPartitions(incoming);
 *   return keys.map((partitionKey) => runRequest({ partitionKey }));
 * });
 */
export interface Deployment {
  /** The present keys of dynamic partitions, oldest first. */
  dynamicPartitions(partitions: DynamicPartitions | string): Promise<readonly string[]>;
  /** The newest materialization of an asset, or of one of its partitions; null: there is none. */
  latestMaterialization<P extends PartitionsDefinition | undefined>(
    asset: Known<P>,
    partitionKey?: KeyOf<P>,
  ): Promise<UpstreamMaterialization | null>;
  /** The newest observation of an asset, or of one of its partitions; null: there is none. */
  latestObservation<P extends PartitionsDefinition | undefined>(
    asset: Known<P>,
    partitionKey?: KeyOf<P>,
  ): Promise<UpstreamMaterialization | null>;
  /** The newest materializations of several assets, in their order, with one question. */
  latestMaterializations(
    assets: readonly (string | { readonly key: AssetKey })[],
  ): Promise<readonly (UpstreamMaterialization | null)[]>;
  /** The last materializations of an asset, or of one of its partitions, newest first, as far as they are still kept. */
  materializations<P extends PartitionsDefinition | undefined>(
    asset: Known<P>,
    options?: HistoryOptions<P>,
  ): Promise<readonly UpstreamMaterialization[]>;
  /** The last observations of an asset, or of one of its partitions, newest first, as far as they are still kept. */
  observations<P extends PartitionsDefinition | undefined>(
    asset: Known<P>,
    options?: HistoryOptions<P>,
  ): Promise<readonly UpstreamMaterialization[]>;
  /** The partitions of an asset that are materialized, failed or neither, newest first. Those of time exist once they have ended. */
  partitions(
    asset: string | { readonly key: AssetKey },
    state: "missing" | "materialized" | "failed",
  ): Promise<readonly string[]>;
  /** Runs of all code locations, newest first. */
  runs(filter?: DeploymentRunFilter): Promise<readonly DeploymentRun[]>;
  /** One run; null: there is none (any more). */
  run(runId: string): Promise<DeploymentRun | null>;
}

/** The deployment as the code of a schedule or sensor sees it. */
export interface TickDeployment extends Deployment {
  /** Those of some run keys with which this schedule or sensor has launched a run before: asking for one again launches none. */
  launchedRunKeys(keys: readonly string[]): Promise<readonly string[]>;
}

/** The deployment that answers these questions. */
export function createDeployment(questions: DeploymentQuestions): Deployment {
  const find = async (assets: readonly (string | { readonly key: AssetKey })[], partition: string | null) =>
    questions.findAssetStates(assets.map((asset) => ({ assetKey: keyOf(asset), partition })));
  const listHistory = async (
    kind: AssetHistoryQuestion["kind"],
    asset: string | { readonly key: AssetKey },
    { partitionKey, limit = 100 }: { readonly partitionKey?: string | null; readonly limit?: number } = {},
  ): Promise<readonly UpstreamMaterialization[]> => {
    const question = { assetKey: keyOf(asset), partition: partitionKey ?? null, kind };
    const events = await questions.listAssetHistory({ ...question, limit: Math.min(limit, MAX_HISTORY) });
    return events.map(toMaterialization);
  };
  return {
    dynamicPartitions: (partitions) =>
      questions.listDynamicPartitions(typeof partitions === "string" ? partitions : partitions.name),
    async latestMaterialization(asset, partitionKey) {
      const [state] = await find([asset], partitionKey ?? null);
      return state?.materialization ? toMaterialization(state.materialization) : null;
    },
    async latestObservation(asset, partitionKey) {
      const [state] = await find([asset], partitionKey ?? null);
      return state?.observation ? toMaterialization(state.observation) : null;
    },
    latestMaterializations: async (assets) =>
      (await find(assets, null)).map(
        ({ materialization }) => materialization && toMaterialization(materialization),
      ),
    materializations: (asset, options) => listHistory("materialization", asset, options),
    observations: (asset, options) => listHistory("observation", asset, options),
    partitions: (asset, state) => questions.listAssetPartitions(keyOf(asset), state),
    async runs({ job, statuses, asset, partitionKey, tags, createdAfter, limit } = {}) {
      const found = await questions.listRuns({
        runId: null,
        jobName: typeof job === "string" ? job : (job?.name ?? null),
        statuses: statuses ?? null,
        assetKey: asset === undefined ? null : keyOf(asset),
        partitionKey: partitionKey ?? null,
        tags: tags ?? {},
        createdAfter: createdAfter?.toISOString() ?? null,
        limit: Math.min(limit ?? 100, MAX_SEEN_RUNS),
      });
      return found.map(toDeploymentRun);
    },
    async run(runId) {
      const nothing = {
        jobName: null,
        statuses: null,
        assetKey: null,
        partitionKey: null,
        createdAfter: null,
      };
      const [run] = await questions.listRuns({ ...nothing, runId, tags: {}, limit: 1 });
      return run === undefined ? null : toDeploymentRun(run);
    },
  };
}

/** The deployment that answers the questions of a tick. */
export function createTickDeployment(questions: TickQuestions): TickDeployment {
  return {
    ...createDeployment(questions),
    launchedRunKeys: (keys) => questions.findLaunchedRunKeys(keys),
  };
}

/** The times of a run as dates. */
export function toRunTimes({
  createdAt,
  startedAt,
  endedAt,
}: Pick<RunReport, "createdAt" | "startedAt" | "endedAt">): RunTimes {
  return {
    createdAt: new Date(createdAt),
    startedAt: startedAt === null ? null : new Date(startedAt),
    endedAt: endedAt === null ? null : new Date(endedAt),
  };
}

function toDeploymentRun(run: SeenRun): DeploymentRun {
  return { ...run, ...toRunTimes(run) };
}

function keyOf(asset: string | { readonly key: AssetKey }): AssetKey {
  return typeof asset === "string" ? assetKey(asset) : asset.key;
}
