import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import {
  JobSchema,
  type JobStepSchema,
  OpSchema,
  type Job,
  type Op,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import type { GraphBody } from "millrace/internal/graphs/graph-definition";
import type { Hook } from "millrace/internal/hooks/hook";
import type { Job as JobDefinition } from "millrace/internal/jobs/job";
import { findJobPartitions } from "millrace/internal/jobs/job-partitions";
import { selectTargets } from "millrace/internal/jobs/select-targets";
import type { OpDefinition } from "millrace/internal/graphs/op-definition";
import {
  describeConfig,
  describePartitions,
  describeSource,
  describeText,
  sortedBy,
} from "./describe-source.ts";
import { listJobSteps, type JobStep, type JobSteps } from "./job-steps.ts";
import { listConfiguredResources, runConfigSchema } from "./run-config-schema.ts";

/** All jobs of a code location by name; the implicit one over all assets too, when there is anything to make. */
export function describeJobs(definitions: ResolvedDefinitions, workingDirectory: string): Job[] {
  const named = sortedBy(definitions.jobs.values(), (job) => job.name);
  return [
    ...describeImplicitJob(definitions),
    ...named.map((job) => describeJob(definitions, job, workingDirectory)),
  ];
}

function describeJob(definitions: ResolvedDefinitions, job: JobDefinition, workingDirectory: string): Job {
  return create(JobSchema, {
    name: job.name,
    ...describeText(job.description),
    tags: { ...job.tags },
    ...describeTargets(definitions, job),
    ...describePartitions(findJobPartitions(definitions, job)),
    ...describeSource(job.source, workingDirectory),
    metadata: job.metadata as JsonObject,
    owners: [...job.owners],
    ...(job.automationCondition === null
      ? {}
      : { automationCondition: JSON.stringify(job.automationCondition) }),
    ...(Object.keys(job.config).length === 0 ? {} : { defaultConfig: JSON.stringify(job.config) }),
  });
}

function describeImplicitJob(definitions: ResolvedDefinitions): Job[] {
  const { assetKeys, checkKeys, steps, configSchema } = describeTargets(definitions, null);
  if (steps.length === 0) return [];
  return [create(JobSchema, { name: ASSET_JOB, assetKeys, checkKeys, steps, configSchema, implicit: true })];
}

function describeTargets(
  definitions: ResolvedDefinitions,
  job: JobDefinition | null,
): Pick<Job, "assetKeys" | "checkKeys" | "configSchema"> & {
  steps: MessageInitShape<typeof JobStepSchema>[];
} {
  const jobSteps = listJobSteps(definitions, job);
  const { assets, checks } = selectTargets(definitions, job);
  return {
    assetKeys: [...assets.keys()].sort(),
    checkKeys: [...checks.keys()].sort(),
    steps: jobSteps.steps.map((step) => describeStep(definitions, jobSteps, step, job?.hooks ?? [])),
    configSchema: JSON.stringify(runConfigSchema(definitions, jobSteps, job?.hooks ?? [])),
  };
}

function describeStep(
  definitions: ResolvedDefinitions,
  { divided }: JobSteps,
  step: JobStep,
  jobHooks: readonly Hook[],
): MessageInitShape<typeof JobStepSchema> {
  const { key, kind, upstream, mappedOver, dynamicOutputs, computation, configKey } = step;
  const isPart = divided.has(configKey.split(".", 1)[0] ?? configKey);
  return {
    key,
    kind,
    ...(isPart ? { partOf: configKey, assetKeys: [...step.assetKeys] } : {}),
    upstream: [...upstream],
    ...(computation.pool === null ? {} : { pool: computation.pool }),
    configuredResources: listConfiguredResources(definitions, step, jobHooks),
    ...(mappedOver === null ? {} : { mappedOver }),
    dynamicOutputs: [...dynamicOutputs],
  };
}

/** All ops that jobs use or that stand alone, by name. */
export function describeOps(definitions: ResolvedDefinitions, workingDirectory: string): Op[] {
  const ops = new Map(definitions.definitions.ops.map((op) => [op.name, op]));
  for (const { target } of definitions.jobs.values()) if (target.kind === "ops") addOps(target.body, ops);
  for (const { graph } of definitions.computations.values()) if (graph !== null) addOps(graph, ops);
  return sortedBy(ops.values(), (op) => op.name).map((op) =>
    create(OpSchema, {
      name: op.name,
      ...describeText(op.description),
      ...describeConfig(op.config),
      tags: { ...op.tags },
      ...describeSource(op.source, workingDirectory),
      resources: Object.values(op.resources)
        .map((resource) => resource.name)
        .sort(),
    }),
  );
}

function addOps(body: GraphBody, ops: Map<string, OpDefinition>): void {
  for (const { definition } of body.invocations) {
    if ("body" in definition) addOps(definition.body, ops);
    else ops.set(definition.name, definition);
  }
}
