import type { RunStatus } from "@millrace/model/run-status";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { Job } from "../jobs/job.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { SelectionInput } from "../jobs/selection-input.ts";
import type { RequestedKeys } from "../ticks/requested-keys.ts";
import type { TickCode } from "../ticks/tick-outcome.ts";
import { createSensor } from "./create-sensor.ts";
import type { SensedRun } from "./sensed-events.ts";
import type { Sensor, SensorContext, SensorOptions } from "./sensor-definition.ts";

/** What the code of a sensor on runs receives. */
export type RunStatusSensorContext<R = {}, K extends string = string> = SensorContext<R, K> & {
  /** The runs that have come to a watched status since the last evaluation, oldest first; at least one. */
  readonly runs: readonly [SensedRun, ...SensedRun[]];
};

/** What a sensor on runs watches and launches; it need not launch anything. */
export interface RunStatusSensorOptions<
  R,
  J extends Job = Job,
  T extends SelectionInput = SelectionInput,
> extends SensorOptions<R, J, T> {
  readonly statuses: readonly RunStatus[];
  /** Jobs whose runs count, as definitions or by name. Default: all. */
  readonly monitors?: readonly (Job | string)[];
  /** Whether runs of other code locations count too. Default: false. */
  readonly allLocations?: boolean;
}

/**
 * Declares a sensor on runs: it is evaluated when runs have come to one of these statuses. `evaluate` runs in the code
 * server.
 *
 * @example
 * export const onFailure = runStatusSensor("on_failure", { statuses: ["FAILURE"] }, (context) => {
 *   for (const run of context.runs) context.log.error(`${run.jobName} failed: ${run.message}`);
 * });
 */
export function runStatusSensor<
  R extends ResourceMap = {},
  J extends Job = never,
  const T extends SelectionInput = never,
>(
  name: string,
  options: RunStatusSensorOptions<R, J, T>,
  evaluate: TickCode<RunStatusSensorContext<R, RequestedKeys<J, T>>, RequestedKeys<J, T>>,
): Sensor {
  const source = captureSourcePosition(runStatusSensor);
  const { statuses, monitors, allLocations = false } = options;
  const where = (): string => describeDefinition("sensor", name, { source });
  if (statuses.length === 0) throw new DefinitionError("invalid_option", `${where()} watches for no status`);
  if (monitors?.length === 0)
    throw new DefinitionError("invalid_option", `${where()} monitors no job; leave \`monitors\` out for all`);
  const jobs = monitors?.map((job) => (typeof job === "string" ? job : job.name)) ?? null;
  const watch = { kind: "runs", statuses, jobs, allLocations } as const;
  return createSensor("run_status", name, watch, options, evaluate, source);
}
