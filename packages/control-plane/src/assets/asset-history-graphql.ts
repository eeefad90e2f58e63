import { checkFailureLoader, latestEvaluationLoader } from "./asset-loaders.ts";
import type { AssetCheck } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { AssetEvent } from "./asset-event-store.ts";
import type { CheckFailure } from "./check-failure-store.ts";
import { listEvaluations, type CheckEvaluation } from "./check-store.ts";
import { builder, readLimit } from "../graphql/builder.ts";

const MAX_EVALUATIONS = 1_000;

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
    reportedBy: t.exposeString("reportedBy", {
      nullable: true,
      description: "Who said it, where no run has made it. Null: the run.",
    }),
    description: t.exposeString("description", {
      nullable: true,
      description: "A sentence of whoever reported it.",
    }),
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
    reportedBy: t.exposeString("reportedBy", {
      nullable: true,
      description: "Who said it, where no run has evaluated it. Null: the run.",
    }),
    timestamp: t.expose("timestamp", { type: "DateTime" }),
  }),
});

const AssetCheckFailureType = builder.objectRef<CheckFailure>("AssetCheckFailure").implement({
  description: "The step that was to evaluate a check failed.",
  fields: (t) => ({
    runId: t.exposeID("runId"),
    failedAt: t.expose("failedAt", { type: "DateTime" }),
  }),
});

export const AssetCheckType = builder.objectRef<AssetCheck>("AssetCheck").implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    assetKey: t.exposeString("assetKey"),
    description: t.string({ nullable: true, resolve: ({ description }) => description ?? null }),
    blocking: t.exposeBoolean("blocking"),
    perPartition: t.boolean({
      description: "False: it is evaluated for the asset as a whole, whatever its partitions.",
      resolve: ({ unpartitioned }) => !unpartitioned,
    }),
    latestEvaluation: t.field({
      type: AssetCheckEvaluationType,
      nullable: true,
      resolve: ({ assetKey, name }, _args, context) =>
        latestEvaluationLoader(context).load({ assetKey, name }),
    }),
    failure: t.field({
      type: AssetCheckFailureType,
      nullable: true,
      description: "How it could not be evaluated since its latest evaluation. Null: that did not happen.",
      resolve: ({ assetKey, name }, _args, context) => checkFailureLoader(context).load({ assetKey, name }),
    }),
    evaluations: t.field({
      type: [AssetCheckEvaluationType],
      args: { limit: t.arg.int({ required: true, defaultValue: 25 }) },
      resolve: ({ assetKey, name }, { limit }, { db, deploymentId }) =>
        listEvaluations(db, deploymentId, { assetKey, name }, readLimit(limit, MAX_EVALUATIONS)),
    }),
  }),
});
