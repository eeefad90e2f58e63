import type { AssetKey } from "@millrace/model/asset-key";
import type { AssetGraph } from "@millrace/model/selection/asset-graph";
import type { Asset, AssetComputation } from "../assets/asset-definition.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { Job } from "../jobs/job.ts";
import type { Resource } from "../resources/resource.ts";
import type { Schedule } from "../schedules/schedule.ts";
import type { Sensor } from "../sensors/sensor-definition.ts";
import type { Definitions } from "./gathered.ts";

/** The definitions of a code location, checked and indexed: what the code server serves and runs are planned from. */
export interface ResolvedDefinitions {
  /** All assets by key, with external ones that are only known as dependencies. */
  readonly assets: ReadonlyMap<AssetKey, Asset>;
  /** The assets as the selection language sees them. */
  readonly assetGraph: AssetGraph;
  /** Checks that run as steps of their own, by `asset_key:name`. */
  readonly checks: ReadonlyMap<string, AssetCheck>;
  /** Steps that make assets, by step key. */
  readonly computations: ReadonlyMap<string, AssetComputation>;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly sensors: ReadonlyMap<string, Sensor>;
  /** All resources that anything needs, by name, with replacements in place. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** All IO managers that anything uses, by name, with replacements in place; `default` is always there. */
  readonly ioManagers: ReadonlyMap<string, IoManager>;
  readonly definitions: Definitions;
}
