import type { Asset } from "../assets/asset-definition.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import type { Definition } from "../definition/definition.ts";
import type { Executor } from "../executors/executor.ts";
import type { OpDefinition } from "../graphs/op-definition.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { Job } from "../jobs/job.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { Resource } from "../resources/resource.ts";
import type { Schedule } from "../schedules/schedule.ts";
import type { Sensor } from "../sensors/sensor-definition.ts";

/** Definitions that belong together: a code location, or a part of one. `A` and `J` are what the types know of its assets and jobs. */
export interface Definitions<A extends Asset = Asset, J extends Job = Job> extends Definition<"definitions"> {
  readonly assets: readonly A[];
  readonly checks: readonly AssetCheck[];
  readonly jobs: readonly J[];
  /** Ops that are not part of a job, so that they show; those of jobs need not be here. */
  readonly ops: readonly OpDefinition[];
  readonly schedules: readonly Schedule[];
  readonly sensors: readonly Sensor[];
  readonly resources: Readonly<Record<string, Resource>>;
  readonly ioManagers: Readonly<Record<string, IoManager>>;
  /** Names of resources and IO managers above that nothing need use. */
  readonly unusedAllowed: readonly string[];
  /** Null: in process. */
  readonly executor: Executor | null;
  readonly metadata: MetadataRecord;
}
