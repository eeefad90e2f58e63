import { create, type JsonObject } from "@bufbuild/protobuf";
import { ASSET_JOB } from "@millrace/model/run-spec";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { JobSchema, OpSchema, type Job, type Op } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolve";
import type { GraphBody } from "millrace/internal/graphs/composition";
import type { Job as JobDefinition } from "millrace/internal/jobs/job";
import { selectTargets } from "millrace/internal/jobs/select-targets";
import type { OpDefinition } from "millrace/internal/ops/op-definition";
import {
  describeConfig,
  describePartitions,
  describeSource,
  describeText,
  sortedBy,
} from "./describe-source.ts";
import { listJobSteps } from "./job-steps.ts";
import { runConfigSchema } from "./run-config-schema.ts";

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
    ...describePartitions(jobPartitions(definitions, job)),
    ...describeSource(job.source, workingDirectory),
    metadata: job.metadata as JsonObject,
    owners: [...job.owners],
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
  steps: { key: string; kind: string; upstream: string[]; pool?: string }[];
} {
  const jobSteps = listJobSteps(definitions, job);
  const { assets, checks } = selectTargets(definitions, job);
  return {
    assetKeys: [...assets.keys()].sort(),
    checkKeys: [...checks.keys()].sort(),
    steps: jobSteps.steps.map(({ key, kind, upstream, computation }) => ({
      key,
      kind,
      upstream: [...upstream].sort(),
      ...(computation.pool === null ? {} : { pool: computation.pool }),
    })),
    configSchema: JSON.stringify(runConfigSchema(definitions, jobSteps, job?.hooks ?? [])),
  };
}

/** How the runs of a job are partitioned: as it says itself, or as all of its partitioned assets are. */
export function jobPartitions(
  definitions: ResolvedDefinitions,
  job: JobDefinition,
): PartitionsDefinition | null {
  if (job.partitions !== null) return job.partitions;
  const found = new Map<string, PartitionsDefinition>();
  for (const { partitions } of selectTargets(definitions, job).assets.values()) {
    if (partitions) found.set(JSON.stringify(partitions), partitions);
  }
  const [only] = found.values();
  return found.size === 1 && only !== undefined ? only : null;
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
