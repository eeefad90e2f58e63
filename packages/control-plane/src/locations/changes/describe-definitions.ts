import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import type {
  Asset,
  AssetCheck,
  Job,
  LocationSnapshot,
  Resource,
  Schedule,
  Sensor,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";

export const DEFINITION_KINDS = ["asset", "check", "job", "schedule", "sensor", "resource"] as const;

export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

/** What readers compare of a definition, by the names that they know it by; null: it has none. */
export type DefinitionFields = Readonly<Record<string, unknown>>;

/** Where a field of a definition is read. */
export type FieldsOf<T> = Readonly<Record<string, (definition: T) => unknown>>;

const ASSET: FieldsOf<Asset> = {
  description: ({ description }) => description ?? null,
  group: ({ group }) => group,
  deps: ({ dependencies }) => dependencies.map(({ key }) => key).toSorted(),
  partitionMappings: ({ dependencies }) =>
    Object.fromEntries(
      dependencies.flatMap(({ key, partitionMapping }) =>
        partitionMapping === undefined ? [] : [[key, fromJson(partitionMapping)]],
      ),
    ),
  tags: ({ tags }) => tags,
  kinds: ({ kinds }) => kinds.toSorted(),
  owners: ({ owners }) => owners.toSorted(),
  codeVersion: ({ codeVersion }) => codeVersion ?? null,
  metadata: ({ metadata }) => metadata ?? {},
  partitions: ({ partitions }) => fromJson(partitions?.json),
  automationCondition: ({ automationCondition }) => fromJson(automationCondition),
  freshnessPolicy: ({ freshnessPolicy }) => fromJson(freshnessPolicy),
  backfillPolicy: ({ backfillPolicy }) => fromJson(backfillPolicy),
  config: ({ configSchema }) => fromJson(configSchema),
  resources: ({ resources }) => resources.toSorted(),
  isExecutable: ({ executable }) => executable,
  isObservable: ({ observable }) => observable,
  isVirtual: ({ virtual }) => virtual,
};

const CHECK: FieldsOf<AssetCheck> = {
  description: ({ description }) => description ?? null,
  blocking: ({ blocking }) => blocking,
  deps: ({ additionalDependencies }) => additionalDependencies.toSorted(),
  metadata: ({ metadata }) => metadata ?? {},
  automationCondition: ({ automationCondition }) => fromJson(automationCondition),
};

const JOB: FieldsOf<Job> = {
  description: ({ description }) => description ?? null,
  assets: ({ assetKeys }) => assetKeys.toSorted(),
  checks: ({ checkKeys }) => checkKeys.toSorted(),
  steps: ({ steps }) => Object.fromEntries(steps.map(({ key, upstream }) => [key, upstream.toSorted()])),
  pools: ({ steps }) =>
    Object.fromEntries(steps.flatMap(({ key, pool }) => (pool === undefined ? [] : [[key, pool]]))),
  tags: ({ tags }) => tags,
  owners: ({ owners }) => owners.toSorted(),
  metadata: ({ metadata }) => metadata ?? {},
  partitions: ({ partitions }) => fromJson(partitions?.json),
  config: ({ configSchema }) => fromJson(configSchema),
  defaultConfig: ({ defaultConfig }) => fromJson(defaultConfig),
  automationCondition: ({ automationCondition }) => fromJson(automationCondition),
};

const SCHEDULE: FieldsOf<Schedule> = {
  description: ({ description }) => description ?? null,
  cron: ({ cron }) => cron,
  timezone: ({ timezone }) => timezone,
  job: ({ jobName }) => jobName,
  runningByDefault: ({ runningByDefault }) => runningByDefault,
  catchup: ({ catchup }) => fromJson(catchup),
  tags: ({ tags }) => tags,
  metadata: ({ metadata }) => metadata ?? {},
};

const SENSOR: FieldsOf<Sensor> = {
  description: ({ description }) => description ?? null,
  kind: ({ kind }) => kind,
  jobs: ({ jobNames }) => jobNames.toSorted(),
  minimumIntervalSeconds: ({ minimumIntervalSeconds }) => minimumIntervalSeconds,
  timeoutSeconds: ({ timeoutSeconds }) => timeoutSeconds,
  runningByDefault: ({ runningByDefault }) => runningByDefault,
  watches: ({ watch }) => toWatched(watch),
  tags: ({ tags }) => tags,
  metadata: ({ metadata }) => metadata ?? {},
};

const RESOURCE: FieldsOf<Resource> = {
  description: ({ description }) => description ?? null,
  config: ({ configSchema }) => fromJson(configSchema),
  environmentVariables: ({ environmentVariables }) => environmentVariables.toSorted(),
};

/** What an author has defined, by kind and name. Jobs that Millrace makes itself follow from the rest and are left out. */
export function describeDefinitions(
  snapshot: LocationSnapshot,
): Readonly<Record<DefinitionKind, ReadonlyMap<string, () => DefinitionFields>>> {
  const jobs = snapshot.jobs.filter(({ name, implicit }) => !implicit && isAuthorsJob(name));
  return {
    asset: byName(snapshot.assets, ({ key }) => key, ASSET),
    check: byName(snapshot.checks, ({ assetKey, name }) => `${assetKey}:${name}`, CHECK),
    job: byName(jobs, ({ name }) => name, JOB),
    schedule: byName(snapshot.schedules, ({ name }) => name, SCHEDULE),
    sensor: byName(snapshot.sensors, ({ name }) => name, SENSOR),
    resource: byName(snapshot.resources, ({ name }) => name, RESOURCE),
  };
}

function byName<T>(
  definitions: readonly T[],
  nameOf: (definition: T) => string,
  fields: FieldsOf<T>,
): ReadonlyMap<string, () => DefinitionFields> {
  return new Map(definitions.map((definition) => [nameOf(definition), () => readFields(definition, fields)]));
}

function readFields<T>(definition: T, fields: FieldsOf<T>): DefinitionFields {
  return Object.fromEntries(Object.entries(fields).map(([name, read]) => [name, read(definition)]));
}

function toWatched(watch: Sensor["watch"]): unknown {
  switch (watch?.events.case) {
    case "assets":
      return { assets: watch.events.value.assetKeys.toSorted(), all: watch.events.value.all };
    case "runs": {
      const { statuses, jobNames, allLocations } = watch.events.value;
      return { statuses: statuses.toSorted(), jobs: jobNames.toSorted(), allLocations };
    }
    default:
      return null;
  }
}

function fromJson(text: string | undefined): unknown {
  return text === undefined || text === "" ? null : JSON.parse(text);
}
