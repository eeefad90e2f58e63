import { builder, readLimit, TagType, toTags } from "../graphql/builder.ts";
import { RunOriginType } from "../runs/run-graphql.ts";
import { targetCountsLoader } from "./backfill-loaders.ts";
import {
  BACKFILL_STATUSES,
  findBackfill,
  listBackfills,
  listTargets,
  type Backfill,
  type TargetCounts,
} from "./backfill-store.ts";
import {
  BACKFILL_PARTITION_STATES,
  listTargetPartitions,
  type TargetPartitionPage,
} from "./list-target-partitions.ts";

const MAX_BACKFILLS = 100;
const MAX_KEYS = 1_000;

export const BackfillStatusType = builder.enumType("BackfillStatus", {
  description: "How a backfill stands; the last four have ended.",
  values: BACKFILL_STATUSES,
});

const PartitionStateType = builder.enumType("BackfillPartitionState", {
  description:
    "Waits for its turn, is being made, was made, was not made by its run, or will not be made as something that it needs was not.",
  values: BACKFILL_PARTITION_STATES,
});

const TargetType = builder.objectRef<TargetCounts>("BackfillTarget").implement({
  description: "An asset that a backfill makes, or its job of ops, and how many of its partitions stand how.",
  fields: (t) => ({
    key: t.exposeString("key"),
    isPartitioned: t.exposeBoolean("isPartitioned"),
    targeted: t.exposeInt("targeted", {
      description: "How many are to be made in all; 1 for what is not partitioned.",
    }),
    waiting: t.int({ resolve: ({ targeted, requested, skipped }) => targeted - requested - skipped }),
    running: t.int({
      description: "For which a run was launched that has not ended.",
      resolve: ({ requested, materialized, failed }) => requested - materialized - failed,
    }),
    materialized: t.exposeInt("materialized"),
    failed: t.exposeInt("failed"),
    skipped: t.exposeInt("skipped"),
  }),
});

const PartitionPageType = builder.objectRef<TargetPartitionPage>("BackfillPartitionPage").implement({
  fields: (t) => ({
    keys: t.exposeStringList("keys"),
    cursor: t.exposeInt("cursor", {
      nullable: true,
      description: "Where the next page begins; null: there is none.",
    }),
  }),
});

/** A backfill. */
export const BackfillType = builder.objectRef<Backfill>("Backfill").implement({
  access: "run.view",
  fields: (t) => ({
    id: t.exposeID("id"),
    title: t.exposeString("title", { nullable: true }),
    status: t.expose("status", { type: BackfillStatusType }),
    paused: t.exposeBoolean("paused", { description: "Nothing more is launched; its runs go on." }),
    message: t.exposeString("message", {
      nullable: true,
      description: "Why it failed, or the newest reason for which some partitions could not be launched.",
    }),
    jobName: t.exposeString("jobName", { nullable: true }),
    tags: t.field({ type: [TagType], resolve: ({ tags }) => toTags(tags) }),
    origin: t.expose("origin", { type: RunOriginType }),
    parentId: t.exposeID("parentId", {
      nullable: true,
      description: "The backfill that it makes again, or the rest of.",
    }),
    runCount: t.exposeInt("runCount", { description: "Runs that it has launched so far." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true }),
    targets: t.field({
      type: [TargetType],
      resolve: async ({ id }, _args, context) => [...(await targetCountsLoader(context).load(id))],
    }),
    partitions: t.field({
      type: PartitionPageType,
      description: "One page of the partitions of a target that stand so, in the order of their definition.",
      args: {
        key: t.arg.string({ required: true }),
        state: t.arg({ type: PartitionStateType, required: true }),
        from: t.arg.int({ required: true, defaultValue: 0 }),
        limit: t.arg.int({ required: true, defaultValue: 100 }),
      },
      async resolve({ id }, { key, state, from, limit }, { db }) {
        const size = readLimit(limit, MAX_KEYS);
        const target = (await listTargets(db, id)).find((each) => each.key === key);
        return target
          ? listTargetPartitions(target, state, Math.max(0, from), size)
          : { keys: [], cursor: null };
      },
    }),
  }),
});

const BackfillConnectionType = builder
  .objectRef<{ readonly nodes: readonly Backfill[]; readonly hasMore: boolean }>("BackfillConnection")
  .implement({
    fields: (t) => ({
      nodes: t.expose("nodes", { type: [BackfillType] }),
      hasMore: t.exposeBoolean("hasMore"),
    }),
  });

builder.queryFields((t) => ({
  backfills: t.field({
    access: "run.view",
    type: BackfillConnectionType,
    description: "Newest first; `after` is the id of the last backfill of the page before.",
    args: {
      statuses: t.arg({ type: [BackfillStatusType] }),
      after: t.arg.id(),
      limit: t.arg.int({ required: true, defaultValue: 25 }),
    },
    resolve: (_root, { statuses, after, limit }, { db, deploymentId }) =>
      listBackfills(db, deploymentId, statuses ?? null, after ?? null, readLimit(limit, MAX_BACKFILLS)),
  }),
  backfill: t.field({
    access: "run.view",
    type: BackfillType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, deploymentId }) => findBackfill(db, deploymentId, id),
  }),
}));
