import type { ConfigOf } from "../config/config-schema.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { ResourceValues } from "../resources/resource.ts";
import type { Logger } from "./logger.ts";

/** What the code of every step receives first. */
export interface StepContext<C = undefined, R = {}> {
  readonly runId: string;
  readonly jobName: string;
  readonly stepKey: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Tags of the run. */
  readonly runTags: Readonly<Record<string, string>>;
  readonly config: ConfigOf<C>;
  readonly resources: ResourceValues<R>;
  readonly log: Logger;
  /** Aborted when the run is interrupted or the step's time is over: hand it to what you wait for. */
  readonly signal: AbortSignal;
  /** Adds metadata to an output and, for an asset, to its materialization. Default: the only output. */
  addOutputMetadata(metadata: MetadataRecord, outputName?: string): void;
}
