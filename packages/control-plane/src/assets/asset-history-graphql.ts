import { latestEvaluationLoader, stalenessLoader } from "./asset-loaders.ts";
import type { AssetCheck } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { AssetEvent } from "./asset-event-store.ts";
import type { AssetPartition, AssetPartitions } from "./asset-partitions.ts";
import { pageBehind } from "../api/page-behind.ts";
import { listEvaluations, type CheckEvaluation } from "./check-store.ts";
import { builder, readLimit } from "../graphql/builder.ts";
import { StaleCauseType, StaleStatusType, toStaleCauses, toStaleStatus } from "./staleness-graphql.ts";

const MAX_EVALUATIONS = 1_000;
const MAX_PARTITIONS = 10_000;

export const AssetEventType = builder.objectRef<AssetEvent>("AssetEvent").implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    kind: t.exposeString("kind", { description: "materialization or observation" }),
    runId: t.exposeID("runId", { nullable: true }),
    stepKey: t.exposeString("stepKey", { nullable: true }),
    partitionKey: t.exposeString("partitionKey", { nullable: true }),
    metadata: t.expose("metadata", {
      type: "JSON",
      description: "Name to MetadataValue, see @millrace/model/metadata.",
    }),
    tags: t.expose("tags", { type: "JSON" }),
    dataVersion: t.exposeString("dataVersion", { nullable: true }),
    timestamp: t.expose("timestamp", { type: "DateTime" }),
  }),
});

export const AssetEventConnectionType = builder
  .objectRef<{ readonly nodes: readonly AssetEvent[]; readonly hasMore: boolean }>("AssetEventConnection")
  .implement({
    fields: (t) => ({
      nodes: t.expose("nodes", { type: [AssetEventType] }),
      hasMore: t.exposeBoolean("hasMore"),
    }),
  });

const AssetCheckEvaluationType = builder.objectRef<CheckEvaluation>("AssetCheckEvaluation").implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    runId: t.exposeID("runId", { nullable: true }),
    passed: t.exposeBoolean("passed"),
    severity: t.exposeString("severity"),
    partitionKey: t.exposeString("partitionKey", { nullable: true }),
    message: t.exposeString("message"),
    metadata: t.expose("metadata", { type: "JSON" }),
    timestamp: t.expose("timestamp", { type: "DateTime" }),
  }),
});

export const AssetCheckType = builder.objectRef<AssetCheck>("AssetCheck").implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    assetKey: t.exposeString("assetKey"),
    description: t.string({ nullable: true, resolve: ({ description }) => description ?? null }),
    blocking: t.exposeBoolean("blocking"),
    latestEvaluation: t.field({
      type: AssetCheckEvaluationType,
      nullable: true,
      resolve: ({ assetKey, name }, _args, context) =>
        latestEvaluationLoader(context).load({ assetKey, name }),
    }),
    evaluations: t.field({
      type: [AssetCheckEvaluationType],
      args: { limit: t.arg.int({ required: true, defaultValue: 25 }) },
      resolve: ({ assetKey, name }, { limit }, { db, deploymentId }) =>
        listEvaluations(db, deploymentId, { assetKey, name }, readLimit(limit, MAX_EVALUATIONS)),
    }),
  }),
});

/** Partitions know which asset they are of: what they are made from follows from it. */
interface OfAsset {
  readonly assetKey: string;
}

const AssetPartitionType = builder.objectRef<AssetPartition & OfAsset>("AssetPartition").implement({
  fields: (t) => ({
    key: t.exposeString("key"),
    state: t.exposeString("state", { description: "missing, materialized, failed" }),
    lastMaterializedAt: t.expose("lastMaterializedAt", { type: "DateTime", nullable: true }),
    lastRunId: t.exposeID("lastRunId", { nullable: true }),
    staleStatus: t.field({
      type: StaleStatusType,
      nullable: true,
      resolve: async ({ assetKey, key }, _args, context) =>
        toStaleStatus(await stalenessLoader(context).load({ assetKey, partition: key })),
    }),
    staleCauses: t.field({
      type: [StaleCauseType],
      resolve: async ({ assetKey, key }, _args, context) =>
        toStaleCauses(await stalenessLoader(context).load({ assetKey, partition: key })),
    }),
  }),
});

export const AssetPartitionsType = builder.objectRef<AssetPartitions & OfAsset>("AssetPartitions").implement({
  fields: (t) => ({
    kind: t.exposeString("kind", { description: "time, static, dynamic, multi" }),
    count: t.int({ resolve: ({ partitions }) => partitions.length }),
    materialized: t.int({ resolve: ({ partitions }) => countState(partitions, "materialized") }),
    failed: t.int({ resolve: ({ partitions }) => countState(partitions, "failed") }),
    keys: t.field({
      type: [AssetPartitionType],
      description: "Newest last; `after` pages by key.",
      args: { after: t.arg.string(), limit: t.arg.int({ required: true, defaultValue: 500 }) },
      resolve: ({ assetKey, partitions }, { after, limit }) =>
        pageBehind(partitions, ({ key }) => key, after ?? null, readLimit(limit, MAX_PARTITIONS)).map(
          (partition) => ({ ...partition, assetKey }),
        ),
    }),
  }),
});

function countState(partitions: readonly AssetPartition[], state: AssetPartition["state"]): number {
  return partitions.reduce((count, partition) => count + (partition.state === state ? 1 : 0), 0);
}
