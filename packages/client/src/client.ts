import type { Definitions } from "millrace";
import { findAsset, type AssetState } from "./assets/asset-state.ts";
import { listAssets, type AssetFilter, type ListedAsset } from "./assets/list-assets.ts";
import { Backfill } from "./backfills/backfill.ts";
import type { BackfillState } from "./backfills/backfill-state.ts";
import { launchBackfill, type BackfillSettings, type LooseBackfill } from "./backfills/launch-backfill.ts";
import { listBackfills, type BackfillFilter } from "./backfills/list-backfills.ts";
import { reportAssetEvent, type CheckReport, type Reported, type VersionReport } from "./assets/report.ts";
import { createUserApi, type ConnectionOptions } from "./connection/user-api.ts";
import type {
  AssetConfigs,
  AssetKeyIn,
  AssetPartitions,
  JobNameIn,
  JobPartitions,
  ReportedPartition,
} from "./defined.ts";
import { launchRun, type LaunchSettings, type LooseLaunch } from "./runs/launch.ts";
import { listRuns, type RunFilter } from "./runs/list-runs.ts";
import { Run } from "./runs/run.ts";
import type { RunState } from "./runs/run-state.ts";

/**
 * What an application asks one deployment of a control plane. `D` is the type of the definitions that are deployed there: names of
 * jobs, keys of assets and keys of static partitions are checked against it. Each method is one request.
 *
 * All methods throw `ServerUnreachable`, `NotAServer`, `TokenRefused`, `NotAllowed` and `RequestRefused`, and `UnknownDefinition`
 * when what they name is not there,
 * `PartitionRequired` when it needs a partition that they do not name.
 */
export interface Client<D = Definitions> {
  /**
   * Launches a run of a job.
   *
   * @example
   * const launched = await client.launch("nightly", { partitionKey: "2026-03-01", idempotencyKey: "order-4711" });
   * const { status } = await launched.wait();
   *
   * @throws InvalidRunConfig when the run config does not fit the job.
   */
  launch<N extends JobNameIn<D>>(
    jobName: N,
    options?: LaunchSettings & AssetConfigs<D> & JobPartitions<D, N>,
  ): Promise<Run>;
  /**
   * Launches a run that materializes assets.
   *
   * @throws InvalidRunConfig when the run config does not fit them.
   */
  materialize<K extends AssetKeyIn<D>>(
    assetKeys: K | readonly K[],
    options?: LaunchSettings & AssetConfigs<D> & AssetPartitions<D, K>,
  ): Promise<Run>;
  /**
   * Launches a backfill: many partitions of assets, or of what a job makes, in upstream order, as the runs that their backfill policies
   * ask for.
   *
   * @example
   * const backfill = await client.launchBackfill(
   *   { assets: ["orders", "sales"] },
   *   { partitionRanges: [{ start: "2026-01-01", end: "2026-01-31" }], only: ["MISSING"] },
   * );
   * const { status } = await backfill.wait();
   *
   * @throws RequestRefused when the run config does not fit, or there is nothing to make.
   */
  launchBackfill<K extends AssetKeyIn<D> = never>(
    target: { readonly assets: K | readonly K[] } | { readonly job: JobNameIn<D> },
    options?: BackfillSettings & AssetConfigs<D>,
  ): Promise<Backfill>;
  /** The backfill with this id, which was launched before; nothing is asked yet. */
  backfill(id: string): Backfill;
  /** Backfills, newest first. */
  backfills(filter?: BackfillFilter): Promise<readonly BackfillState[]>;
  /** The run with this id, which was launched before; nothing is asked yet. */
  run(id: string): Run;
  /**
   * Runs, newest first.
   *
   * @example
   * const failed = await client.runs({ statuses: ["FAILURE"], jobName: "nightly", limit: 10 });
   */
  runs(filter?: RunFilter<JobNameIn<D>, AssetKeyIn<D>>): Promise<readonly RunState[]>;
  /**
   * What is known of an asset: its newest materialization with its metadata, its checks, how many partitions it has.
   *
   * @example
   * const { latestMaterialization } = await client.asset("orders");
   * const rows = latestMaterialization?.metadata["rows"];
   */
  asset<K extends AssetKeyIn<D>>(assetKey: K): Promise<AssetState<K>>;
  /** Assets by their keys, also such as the types know nothing of. */
  assets(filter?: AssetFilter): Promise<readonly ListedAsset[]>;
  /** Says that an asset was made by something else than a run. A partitioned one needs the partition. */
  reportMaterialization<K extends AssetKeyIn<D>>(
    assetKey: K,
    report?: VersionReport & ReportedPartition<D, K>,
  ): Promise<Reported>;
  /** Says what was seen of an asset that something else makes. */
  reportObservation<K extends AssetKeyIn<D>>(
    assetKey: K,
    report?: VersionReport & ReportedPartition<D, K>,
  ): Promise<Reported>;
  /** Says what a check of an asset has found that was evaluated elsewhere. */
  reportCheck<K extends AssetKeyIn<D>>(
    assetKey: K,
    checkName: string,
    report: CheckReport & ReportedPartition<D, K>,
  ): Promise<Reported>;
}

/**
 * Makes a client. It holds no connection: it needs not be closed, and one is enough for a whole application, in Node, in a worker at
 * the edge, or in a page of the same origin as the control plane.
 *
 * @example
 * // import type * as shop from "../pipeline/src/definitions.ts";
 * const shop = { nightly: job("nightly", { selection: "*" }) };
 * const pipeline = createClient<typeof shop>({ url: "http://127.0.0.1:3000" });
 * const launched = await pipeline.launch("nightly");
 * const { status } = await launched.wait();
 *
 * @throws NotAServer when `url` is no address.
 */
export function createClient<D = Definitions>(options: ConnectionOptions): Client<D> {
  const api = createUserApi(options);
  const client: LooseClient = {
    launch: (jobName, settings = {}) => launchRun(api, { jobName }, settings),
    materialize: (assetKeys, settings = {}) =>
      launchRun(api, { assetSelection: toList(assetKeys) }, settings),
    launchBackfill: (target, settings = {}) =>
      launchBackfill(
        api,
        "job" in target ? { jobName: target.job } : { assetSelection: toList(target.assets) },
        settings,
      ),
    backfill: (id) => new Backfill(api, id),
    backfills: (filter = {}) => listBackfills(api, filter),
    run: (id) => new Run(api, id),
    runs: (filter = {}) => listRuns(api, filter),
    asset: (assetKey) => findAsset(api, assetKey),
    assets: (filter = {}) => listAssets(api, filter),
    reportMaterialization: (assetKey, report = {}) =>
      reportAssetEvent(api, { kind: "MATERIALIZATION", assetKey }, report),
    reportObservation: (assetKey, report = {}) =>
      reportAssetEvent(api, { kind: "OBSERVATION", assetKey }, report),
    reportCheck: (assetKey, checkName, report) =>
      reportAssetEvent(api, { kind: "CHECK", assetKey, checkName }, report),
  };
  return client as Client<D>;
}

function toList(keys: string | readonly string[]): string[] {
  return typeof keys === "string" ? [keys] : [...keys];
}

/** The same for any names: what the types know of the definitions is not there when the code runs. */
interface LooseClient extends Pick<Client, "run" | "runs" | "asset" | "assets" | "backfill" | "backfills"> {
  launchBackfill(
    target: { readonly assets: string | readonly string[] } | { readonly job: string },
    settings?: LooseBackfill,
  ): Promise<Backfill>;
  launch(jobName: string, settings?: LooseLaunch): Promise<Run>;
  materialize(assetKeys: string | readonly string[], settings?: LooseLaunch): Promise<Run>;
  reportMaterialization(assetKey: string, report?: VersionReport): Promise<Reported>;
  reportObservation(assetKey: string, report?: VersionReport): Promise<Reported>;
  reportCheck(assetKey: string, checkName: string, report: CheckReport): Promise<Reported>;
}
