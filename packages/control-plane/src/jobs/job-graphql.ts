import { CodeLocationType } from "../locations/code-location-graphql.ts";
import { servingSnapshotLoader } from "../locations/serving-snapshot-loader.ts";
import { dynamicNumbersLoader } from "../partitions/dynamic-numbers-loader.ts";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { findPartitionPlace, partitionsBackFrom } from "@millrace/model/partitions/partition-places";
import type { Job, JobStep } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import {
  findServingSnapshot,
  listServingSnapshots,
  type ServingSnapshot,
} from "../locations/serving-snapshot.ts";
import { loadDynamicNumbers } from "../partitions/dynamic-names.ts";
import { builder, readLimit, SourcePositionType, TagType, toTags } from "../graphql/builder.ts";
import type { UserContext } from "../graphql/context.ts";

const MAX_PARTITION_KEYS = 10_000;

/** A job and the location that has it. */
interface LocatedJob {
  readonly job: Job;
  readonly locationName: string;
}

const JobStepType = builder.objectRef<JobStep>("JobStep").implement({
  fields: (t) => ({
    key: t.exposeString("key"),
    kind: t.exposeString("kind"),
    upstream: t.exposeStringList("upstream"),
    assetKeys: t.exposeStringList("assetKeys", {
      description:
        "The assets that it makes, where its step makes others in other parts of a run; none for a whole step.",
    }),
  }),
});

export const JobType = builder.objectRef<LocatedJob>("Job").implement({
  access: "definition.view",
  fields: (t) => ({
    name: t.string({ resolve: ({ job }) => job.name }),
    locationName: t.exposeString("locationName"),
    description: t.string({ nullable: true, resolve: ({ job }) => job.description ?? null }),
    tags: t.field({ type: [TagType], resolve: ({ job }) => toTags(job.tags) }),
    assetKeys: t.stringList({ resolve: ({ job }) => job.assetKeys }),
    steps: t.field({ type: [JobStepType], resolve: ({ job }) => job.steps }),
    configSchema: t.field({
      type: "JSON",
      description: "JSON Schema of the run config.",
      resolve: ({ job }): unknown => JSON.parse(job.configSchema || "{}"),
    }),
    defaultConfig: t.field({
      type: "JSON",
      resolve: ({ job }): unknown => JSON.parse(job.defaultConfig || "{}"),
    }),
    partitioned: t.boolean({ resolve: ({ job }) => job.partitions !== undefined }),
    partitionKeys: t.stringList({
      description: "Newest first; `after` is the last key of the page before.",
      args: { after: t.arg.string(), limit: t.arg.int({ required: true, defaultValue: 500 }) },
      resolve: ({ job }, { after, limit }, context) =>
        listKeys(job, after ?? null, readLimit(limit, MAX_PARTITION_KEYS), context),
    }),
    implicit: t.boolean({ resolve: ({ job }) => job.implicit }),
    source: t.field({ type: SourcePositionType, nullable: true, resolve: ({ job }) => job.source ?? null }),
  }),
});

builder.objectFields(CodeLocationType, (t) => ({
  jobs: t.field({
    type: [JobType],
    async resolve({ name }, _args, context) {
      const serving = await servingSnapshotLoader(context).load(name);
      return serving === null ? [] : listLocatedJobs(serving);
    },
  }),
}));

builder.queryFields((t) => ({
  jobs: t.field({
    access: "definition.view",
    type: [JobType],
    resolve: async (_root, _args, { db, deploymentId }) =>
      (await listServingSnapshots(db, deploymentId)).flatMap(listLocatedJobs),
  }),
  job: t.field({
    access: "definition.view",
    type: JobType,
    nullable: true,
    args: { locationName: t.arg.string({ required: true }), name: t.arg.string({ required: true }) },
    async resolve(_root, { locationName, name }, { db, deploymentId }) {
      const job = (await findServingSnapshot(db, deploymentId, locationName))?.jobs.get(name);
      return job ? { job, locationName } : null;
    },
  }),
}));

/** The jobs of a location. */
export function listLocatedJobs({ locationName, snapshot }: ServingSnapshot): LocatedJob[] {
  return snapshot.jobs.map((job) => ({ job, locationName }));
}

async function listKeys(
  { partitions }: Job,
  after: string | null,
  limit: number,
  context: UserContext,
): Promise<string[]> {
  if (!partitions) return [];
  const numbers = await loadDynamicNumbers(dynamicNumbersLoader(context), partitions.json);
  const definition = JSON.parse(partitions.json) as PartitionsDefinition;
  const from = after === null ? null : findPartitionPlace(definition, after, numbers);
  const placed = partitionsBackFrom(definition, from, context.clock.now(), numbers).take(limit + 1);
  const keys = [...placed].map(({ key }) => key);
  return (keys[0] === after ? keys.slice(1) : keys).slice(0, limit);
}
