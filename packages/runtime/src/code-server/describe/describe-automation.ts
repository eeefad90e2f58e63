import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";
import type { SensorWatch } from "@millrace/model/sensed-events";
import {
  ResourceSchema,
  ScheduleSchema,
  SensorSchema,
  type SensorWatchSchema,
  type Resource,
  type Schedule,
  type Sensor,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { listEnvironmentVariables } from "millrace/internal/config/environment";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { describeConfig, describeSource, describeText, sortedBy } from "./describe-source.ts";

/** All schedules of a code location by name. */
export function describeSchedules(definitions: ResolvedDefinitions, workingDirectory: string): Schedule[] {
  return sortedBy(definitions.schedules.values(), (schedule) => schedule.name).map((schedule) =>
    create(ScheduleSchema, {
      name: schedule.name,
      ...describeText(schedule.description),
      cron: [...schedule.cron],
      timezone: schedule.timezone,
      jobName: schedule.job.name,
      runningByDefault: schedule.runningByDefault,
      catchup: JSON.stringify(schedule.catchup),
      plain: schedule.evaluate === null,
      renamedFrom: [...schedule.renamedFrom],
      tags: { ...schedule.tags },
      ...describeSource(schedule.source, workingDirectory),
      metadata: schedule.metadata as JsonObject,
    }),
  );
}

/** All sensors of a code location by name. */
export function describeSensors(definitions: ResolvedDefinitions, workingDirectory: string): Sensor[] {
  return sortedBy(definitions.sensors.values(), (sensor) => sensor.name).map((sensor) =>
    create(SensorSchema, {
      name: sensor.name,
      ...describeText(sensor.description),
      kind: sensor.kind,
      minimumIntervalSeconds: sensor.minimumIntervalSeconds,
      timeoutSeconds: sensor.timeoutSeconds,
      renamedFrom: [...sensor.renamedFrom],
      jobNames: sensor.jobs.map((job) => job.name),
      runningByDefault: sensor.runningByDefault,
      tags: { ...sensor.tags },
      ...describeSource(sensor.source, workingDirectory),
      metadata: sensor.metadata as JsonObject,
      ...(sensor.watch === null ? {} : { watch: describeWatch(sensor.watch) }),
    }),
  );
}

function describeWatch(watch: SensorWatch): MessageInitShape<typeof SensorWatchSchema> {
  if (watch.kind === "assets") {
    const value = { assetKeys: [...watch.assets], all: watch.when === "all" };
    return { events: { case: "assets", value } };
  }
  const { statuses, jobs, allLocations } = watch;
  const value = { statuses: [...statuses], jobNames: [...(jobs ?? [])], allLocations };
  return { events: { case: "runs", value } };
}

/** All resources of a code location by name; of bound environment variables the names only. */
export function describeResources(definitions: ResolvedDefinitions, workingDirectory: string): Resource[] {
  return sortedBy(definitions.resources, ([name]) => name).map(([name, resource]) =>
    create(ResourceSchema, {
      name,
      ...describeText(resource.description),
      ...describeConfig(resource.config),
      environmentVariables: listEnvironmentVariables(resource.boundConfig).sort(),
      ...describeSource(resource.source, workingDirectory),
    }),
  );
}
