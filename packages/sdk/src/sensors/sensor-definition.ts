import type { Metadata } from "@millrace/model/metadata";
import type { SensorWatch } from "@millrace/model/sensed-events";
import type { Definition } from "../definition/definition.ts";
import type { TickDeployment } from "../context/deployment.ts";
import type { Logger } from "../context/logger.ts";
import type { Job } from "../jobs/job.ts";
import type { SelectionInput } from "../jobs/selection-input.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { TickRequest } from "../ticks/tick-outcome.ts";
import type { ResourceMap, ResourceValues } from "../resources/resource.ts";

/** Looks at the world again and again, and launches runs when something has happened. */
export interface Sensor extends Definition<"sensor"> {
  readonly name: string;
  readonly description: string | null;
  readonly kind: "standard" | "asset" | "multi_asset" | "run_status";
  /** Null for one that looks by itself, whatever has happened in the deployment. */
  readonly watch: SensorWatch | null;
  /** Seconds from the start of one evaluation to that of the next, at least. */
  readonly minimumIntervalSeconds: number;
  /** Seconds that one evaluation may take. */
  readonly timeoutSeconds: number;
  /** Names that it had before. */
  readonly renamedFrom: readonly string[];
  /** Jobs it may launch; the first one unless a run request names another. */
  readonly jobs: readonly Job[];
  readonly runningByDefault: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly metadata: Metadata;
  readonly resources: ResourceMap;
  readonly evaluate: (context: never) => unknown;
}

/** What the code of a sensor receives. */
export interface SensorContext<R = {}, K extends string = string> {
  readonly sensorName: string;
  /** What the last evaluation left with `setCursor`; null at first. */
  readonly cursor: string | null;
  /** Remembers how far the sensor has seen, for the next evaluation. It holds even when the evaluation fails later. */
  setCursor(cursor: string): void;
  /**
   * Hands over what has been found so far, for an evaluation that takes long: the requests count together with the cursor, also when
   * the evaluation fails later, or takes longer than it may.
   *
   * @example
   * export const backlog = sensor("backlog", { job: loadFiles, timeoutSeconds: 60 }, async (context) => {
   *   for (const file of await listFilesAfter(context.cursor)) context.checkpoint(file, runRequest({ runKey: file }));
   * });
   */
  checkpoint(cursor: string, requests?: TickRequest<K> | readonly TickRequest<K>[]): void;
  /** When the sensor was last evaluated; null: never, as far as is known. */
  readonly lastTickAt: Date | null;
  /** The deployment that the sensor belongs to. */
  readonly deployment: TickDeployment;
  readonly resources: ResourceValues<R>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** When a sensor looks and what it launches. */
export interface SensorOptions<R, J extends Job = Job, T extends SelectionInput = SelectionInput> {
  /** The job to launch; or `jobs`, of which each run request names one; or `target`, assets to materialize. */
  readonly job?: J;
  readonly jobs?: readonly J[];
  readonly target?: T;
  /** Seconds from the start of one evaluation to that of the next; less than 1 counts as 1. Default: 30. */
  readonly minimumIntervalSeconds?: number;
  /** Seconds after which an evaluation fails; what it has handed over until then holds. Default: 300. */
  readonly timeoutSeconds?: number;
  /** Names that it had before: its cursor, what it was switched to, its ticks and its run keys come along. */
  readonly renamedFrom?: readonly string[];
  readonly description?: string;
  /** Whether it is evaluated unless somebody has switched it by hand. Default: false. */
  readonly runningByDefault?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly metadata?: MetadataRecord;
  readonly resources?: R;
}
