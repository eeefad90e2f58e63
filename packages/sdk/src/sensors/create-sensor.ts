import type { SensorWatch } from "@millrace/model/sensed-events";
import { parseSeconds } from "@millrace/model/seconds";
import { checkOption } from "../definition/check-option.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { SourcePosition } from "../definition/source-position.ts";
import type { Job } from "../jobs/job.ts";
import { targetJob } from "../jobs/target-job.ts";
import { toDefinitionMetadata } from "../metadata/to-metadata.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { Sensor, SensorOptions } from "./sensor-definition.ts";

/**
 * Makes the frozen definition of a sensor of any kind.
 *
 * @throws DefinitionError when an option makes no sense.
 */
export function createSensor(
  kind: Sensor["kind"],
  name: string,
  watch: SensorWatch | null,
  options: SensorOptions<ResourceMap>,
  evaluate: Sensor["evaluate"],
  source: SourcePosition | null,
): Sensor {
  const interval = checkOption("sensor", name, source, () =>
    parseSeconds("minimumIntervalSeconds", options.minimumIntervalSeconds ?? 30, "more_than_zero"),
  );
  const timeout = checkOption("sensor", name, source, () =>
    parseSeconds("timeoutSeconds", options.timeoutSeconds ?? 300, "more_than_zero"),
  );
  return Object.freeze({
    [DEFINITION]: "sensor",
    source,
    name,
    description: options.description ?? null,
    kind,
    watch,
    minimumIntervalSeconds: interval,
    timeoutSeconds: timeout,
    renamedFrom: options.renamedFrom ?? [],
    jobs: listJobs(kind, name, options, source),
    runningByDefault: options.runningByDefault ?? false,
    tags: options.tags ?? {},
    metadata: checkOption("sensor", name, source, () => toDefinitionMetadata(options.metadata)),
    resources: options.resources ?? {},
    evaluate,
  } as const);
}

function listJobs(
  kind: Sensor["kind"],
  name: string,
  options: SensorOptions<ResourceMap>,
  source: SourcePosition | null,
): readonly Job[] {
  if (options.jobs) return options.jobs;
  const launchesNothing = options.job === undefined && options.target === undefined;
  return kind === "run_status" && launchesNothing ? [] : [targetJob("sensor", name, options, source)];
}
