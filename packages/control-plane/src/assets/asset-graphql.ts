import { runLoader } from "../runs/run-loaders.ts";
import {
  AssetFreshnessChangeType,
  AssetFreshnessType,
  AssetHealthType,
  loadHealth,
} from "./health-graphql.ts";
import {
  assetRecordLoader,
  freshnessLoader,
  latestAssetEventsLoader,
  stalenessLoader,
  stalePartitionsLoader,
} from "./asset-loaders.ts";
import { maxPartitionsPerRun } from "@millrace/model/partitions/backfill-policy";
import { listAssetEvents } from "./asset-event-store.ts";
import { AssetPartitionsType } from "./asset-partitions-graphql.ts";
import { readPartitions } from "./partition-sets/read-partitions.ts";
import { backfillPolicyOf } from "../runs/launch/launch-partition.ts";
import { ASSET_STATES, assetStateOf } from "./asset-status.ts";
import { listFreshnessChanges } from "./freshness/freshness-store.ts";
import { findAsset, listAssets, type ListedAsset } from "./list-assets.ts";
import { AssetCheckType, AssetEventConnectionType, AssetEventType } from "./asset-history-graphql.ts";
import { builder, readLimit, SourcePositionType, TagType, toTags } from "../graphql/builder.ts";
import { RunType } from "../runs/run-graphql.ts";
import {
  StaleCauseType,
  staleStatusOfPartitions,
  StaleStatusType,
  toStaleCauses,
  toStaleStatus,
} from "./staleness-graphql.ts";

const MAX_ASSETS = 10_000;
const MAX_EVENTS = 1_000;
const MAX_FRESHNESS_CHANGES = 1_000;

export const AssetStateType = builder.enumType("AssetState", { values: ASSET_STATES });

const AssetType = builder.objectRef<ListedAsset>("Asset").implement({
  access: "asset.view",
  fields: (t) => ({
    key: t.exposeString("key"),
    locationName: t.string({ resolve: ({ defined }) => defined?.location.locationName ?? "" }),
    defined: t.boolean({
      description: "False: it has history, but no code location defines it any more.",
      resolve: ({ defined }) => defined !== null,
    }),
    description: t.string({
      nullable: true,
      resolve: ({ defined }) => defined?.definition.description ?? null,
    }),
    group: t.string({ resolve: ({ defined }) => defined?.definition.group ?? "" }),
    kinds: t.stringList({ resolve: ({ defined }) => defined?.definition.kinds ?? [] }),
    owners: t.stringList({ resolve: ({ defined }) => defined?.definition.owners ?? [] }),
    tags: t.field({ type: [TagType], resolve: ({ defined }) => toTags(defined?.definition.tags ?? {}) }),
    codeVersion: t.string({
      nullable: true,
      resolve: ({ defined }) => defined?.definition.codeVersion ?? null,
    }),
    executable: t.boolean({ resolve: ({ defined }) => defined?.definition.executable ?? false }),
    metadata: t.field({ type: "JSON", resolve: ({ defined }) => defined?.definition.metadata ?? {} }),
    dependencies: t.stringList({
      resolve: ({ defined }) => defined?.definition.dependencies.map(({ key }) => key) ?? [],
    }),
    dependents: t.stringList({ resolve: ({ defined }) => [...(defined?.dependents ?? [])] }),
    jobs: t.stringList({ resolve: ({ defined }) => [...(defined?.jobs ?? [])] }),
    configSchema: t.field({
      type: "JSON",
      nullable: true,
      description: "JSON Schema of its config.",
      resolve: ({ defined }): unknown => {
        const schema = defined?.definition.configSchema;
        return schema ? JSON.parse(schema) : null;
      },
    }),
    source: t.field({
      type: SourcePositionType,
      nullable: true,
      resolve: ({ defined }) => defined?.definition.source ?? null,
    }),
    partitions: t.field({
      type: AssetPartitionsType,
      nullable: true,
      resolve: ({ key, defined }) => {
        const described = defined?.definition.partitions;
        return described === undefined ? null : { key, partitions: readPartitions(described) };
      },
    }),
    maxPartitionsPerRun: t.int({
      nullable: true,
      description: "How many of its partitions a run may have: 1 unless it has a backfill policy. Null: all.",
      resolve: ({ defined }) => {
        const max = maxPartitionsPerRun([defined ? backfillPolicyOf(defined.definition) : null]);
        return max === Infinity ? null : max;
      },
    }),
    state: t.field({
      type: AssetStateType,
      resolve: async ({ key }, _args, context) => assetStateOf(await assetRecordLoader(context).load(key)),
    }),
    staleStatus: t.field({
      type: StaleStatusType,
      nullable: true,
      description:
        "Of the asset, or of one partition; null when no code location defines it, or while it is being found out which partitions are stale.",
      args: { partitionKey: t.arg.string() },
      resolve: async ({ key, defined }, { partitionKey }, context) => {
        const stale = partitionKey == null ? await stalePartitionsLoader(context).load(key) : undefined;
        if (stale === undefined)
          return toStaleStatus(
            await stalenessLoader(context).load({ assetKey: key, partition: partitionKey ?? null }),
          );
        const record = await assetRecordLoader(context).load(key);
        return staleStatusOfPartitions(stale, {
          isMade: record?.lastMaterializedAt != null,
          isVirtual: defined?.definition.virtual ?? false,
        });
      },
    }),
    staleCauses: t.field({
      type: [StaleCauseType],
      args: { partitionKey: t.arg.string() },
      resolve: async ({ key }, { partitionKey }, context) =>
        toStaleCauses(
          await stalenessLoader(context).load({ assetKey: key, partition: partitionKey ?? null }),
        ),
    }),
    freshnessPolicy: t.field({
      type: "JSON",
      nullable: true,
      description: "As its definition has it: `type` `time_window` or `cron`, and what belongs to that.",
      resolve: ({ defined }): unknown => {
        const policy = defined?.definition.freshnessPolicy;
        return policy === undefined ? null : JSON.parse(policy);
      },
    }),
    freshness: t.field({
      type: AssetFreshnessType,
      nullable: true,
      description: "Null: it has no freshness policy, or was never materialized.",
      resolve: async ({ key }, _args, context) => (await freshnessLoader(context).load(key)) ?? null,
    }),
    freshnessChanges: t.field({
      type: [AssetFreshnessChangeType],
      description: "Newest first, as far as the history is kept.",
      args: { limit: t.arg.int({ required: true, defaultValue: 25 }) },
      resolve: ({ key }, { limit }, { db, deploymentId }) =>
        listFreshnessChanges(db, deploymentId, key, readLimit(limit, MAX_FRESHNESS_CHANGES)),
    }),
    health: t.field({
      type: AssetHealthType,
      resolve: (asset, _args, context) => loadHealth(asset, context),
    }),
    materializationCount: t.float({
      resolve: async ({ key }, _args, context) =>
        (await assetRecordLoader(context).load(key))?.materializationCount ?? 0,
    }),
    latestMaterialization: t.field({
      type: AssetEventType,
      nullable: true,
      resolve: async ({ key }, _args, context) =>
        (await latestAssetEventsLoader(context).load(key))?.materialization ?? null,
    }),
    latestObservation: t.field({
      type: AssetEventType,
      nullable: true,
      resolve: async ({ key }, _args, context) =>
        (await latestAssetEventsLoader(context).load(key))?.observation ?? null,
    }),
    activeRun: t.field({
      type: RunType,
      nullable: true,
      description: "The newest unfinished run that will produce it.",
      resolve: async ({ key }, _args, context) => {
        const runId = (await assetRecordLoader(context).load(key))?.activeRunId ?? null;
        return runId === null ? null : runLoader(context).load(runId);
      },
    }),
    events: t.field({
      type: AssetEventConnectionType,
      args: {
        before: t.arg.id(),
        limit: t.arg.int({ required: true, defaultValue: 25 }),
        partitionKey: t.arg.string(),
      },
      resolve: ({ key }, { before, limit, partitionKey }, { db, deploymentId }) =>
        listAssetEvents(db, deploymentId, key, {
          before: before ?? null,
          limit: readLimit(limit, MAX_EVENTS),
          partitionKey: partitionKey ?? null,
        }),
    }),
    checks: t.field({ type: [AssetCheckType], resolve: ({ defined }) => [...(defined?.checks ?? [])] }),
  }),
});

const AssetConnectionType = builder
  .objectRef<{ readonly nodes: readonly ListedAsset[]; readonly hasMore: boolean }>("AssetConnection")
  .implement({
    fields: (t) => ({ nodes: t.expose("nodes", { type: [AssetType] }), hasMore: t.exposeBoolean("hasMore") }),
  });

builder.queryFields((t) => ({
  assets: t.field({
    access: "asset.view",
    type: AssetConnectionType,
    description: "By key; `search` matches a part of the key, the group, a kind, an owner.",
    args: {
      search: t.arg.string(),
      group: t.arg.string(),
      archived: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: "Whether assets that were put out of sight are among them.",
      }),
      after: t.arg.string(),
      limit: t.arg.int({ required: true, defaultValue: 100 }),
    },
    resolve: (_root, { search, group, archived, after, limit }, { db, deploymentId }) =>
      listAssets(
        db,
        deploymentId,
        { search: search ?? null, group: group ?? null, archived },
        after ?? null,
        readLimit(limit, MAX_ASSETS),
      ),
  }),
  asset: t.field({
    access: "asset.view",
    type: AssetType,
    nullable: true,
    args: { key: t.arg.string({ required: true }) },
    resolve: (_root, { key }, { db, deploymentId }) => findAsset(db, deploymentId, key),
  }),
}));
