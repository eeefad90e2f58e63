import type { MetadataRecord } from "../../metadata/metadata.ts";
import type { StepWaiting } from "../../context/step-waiting.ts";
import type { PlannedStep } from "../plan/execution-plan.ts";
import type { Logger } from "../../context/logger.ts";
import type { RunConfigs } from "./run-configs.ts";
import type { RunScope } from "./run-scope.ts";

/** What everything that happens in one attempt of a step shares. */
export interface StepScope {
  readonly planned: PlannedStep;
  /** Differs from the planned step's key for a copy of a mapped step: `work[x]`. */
  readonly key: string;
  readonly mappingKey: string | null;
  readonly attempt: number;
  readonly configs: RunConfigs;
  /** Values of the run's resources by name. */
  readonly resources: ReadonlyMap<string, unknown>;
  readonly log: Logger;
  /** Aborted when the run is interrupted or the step's time is over. */
  readonly signal: AbortSignal;
  /** The run without an end of this attempt: for what is to be heard from code that goes on after it. */
  readonly lasting: RunScope;
  readonly waiting: StepWaiting;
  /** Has something closed when the attempt is over, such as a stream of rows that was not read to its end. */
  readonly atEnd: (close: () => unknown) => void;
  /** Metadata that user code added, by output name. */
  readonly addedMetadata: Map<string, MetadataRecord>;
}
