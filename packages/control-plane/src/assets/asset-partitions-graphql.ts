import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { countPartitionKeys } from "@millrace/model/partitions/partition-keys";
import { builder, readLimit } from "../graphql/builder.ts";
import type { UserContext } from "../graphql/context.ts";
import { loadDynamicNumbers } from "../partitions/dynamic-names.ts";
import { dynamicNumbersLoader } from "../partitions/dynamic-numbers-loader.ts";
import { partitionCountsLoader, stalenessLoader, stalePartitionsLoader } from "./asset-loaders.ts";
import { findPartitionRecords } from "./asset-record-store.ts";
import { partitionStateOf, type PartitionRecord } from "./asset-status.ts";
import { PARTITION_STATES } from "./partition-sets/partition-state.ts";
import type { PartitionedAsset } from "./partition-sets/find-partition-sets.ts";
import { listPartitionPage, type PartitionFilter } from "./partition-sets/list-partitions.ts";
import { StaleCauseType, StaleStatusType, toStaleCauses, toStaleStatus } from "./staleness-graphql.ts";

const MAX_PARTITIONS = 10_000;

/** A partition of an asset, and what is known of it. */
interface AssetPartition {
  readonly assetKey: string;
  readonly key: string;
  readonly record: PartitionRecord | undefined;
}

const PartitionStateType = builder.enumType("PartitionState", { values: PARTITION_STATES });

const AssetPartitionType = builder.objectRef<AssetPartition>("AssetPartition").implement({
  fields: (t) => ({
    key: t.exposeString("key"),
    state: t.field({ type: PartitionStateType, resolve: ({ record }) => partitionStateOf(record) }),
    lastMaterializedAt: t.field({
      type: "DateTime",
      nullable: true,
      resolve: ({ record }) => record?.lastMaterializedAt ?? null,
    }),
    lastRunId: t.id({ nullable: true, resolve: ({ record }) => record?.lastRunId ?? null }),
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

interface AssetPartitionPage {
  readonly nodes: readonly AssetPartition[];
  readonly cursor: string | null;
}

const AssetPartitionPageType = builder.objectRef<AssetPartitionPage>("AssetPartitionPage").implement({
  fields: (t) => ({
    nodes: t.field({ type: [AssetPartitionType], resolve: ({ nodes }) => [...nodes] }),
    cursor: t.exposeString("cursor", {
      nullable: true,
      description: "Give it as `after` for the next ones. Null: there are no more.",
    }),
  }),
});

export const AssetPartitionsType = builder.objectRef<PartitionedAsset>("AssetPartitions").implement({
  fields: (t) => ({
    kind: t.string({
      description: "time, static, dynamic, multi",
      resolve: ({ partitions }) => kindOf(partitions.definition),
    }),
    count: t.int({
      resolve: async ({ partitions }, _args, context) => {
        const numbers = await loadDynamicNumbers(dynamicNumbersLoader(context), partitions.json);
        const keys = Object.fromEntries(Object.entries(numbers).map(([name, { keys }]) => [name, keys]));
        return countPartitionKeys(partitions.definition, context.clock.now(), keys);
      },
    }),
    materialized: t.int({
      resolve: async (asset, _args, context) =>
        (await partitionCountsLoader(context).load(asset)).materialized,
    }),
    failed: t.int({
      resolve: async (asset, _args, context) => (await partitionCountsLoader(context).load(asset)).failed,
    }),
    stale: t.int({
      nullable: true,
      description:
        "How many have data that is not up to date. Null while it is being found out, as after a change of definitions.",
      resolve: async ({ key }, _args, context) => {
        const stale = await stalePartitionsLoader(context).load(key);
        return stale === undefined ? 0 : stale; // what others make is never stale
      },
    }),
    keys: t.field({
      type: AssetPartitionPageType,
      description:
        "Newest first. With `state` or `search` (a part of the key) a page may have fewer than there are, even none:\n" +
        "a request looks at some thousands. Go on from its `cursor`.",
      args: {
        after: t.arg.string(),
        limit: t.arg.int({ required: true, defaultValue: 500 }),
        state: t.arg({ type: PartitionStateType }),
        search: t.arg.string(),
      },
      resolve: (asset, { after, limit, state, search }, context) =>
        listPage(
          asset,
          { state: state ?? null, search: search ?? null },
          after ?? null,
          readLimit(limit, MAX_PARTITIONS),
          context,
        ),
    }),
  }),
});

async function listPage(
  asset: PartitionedAsset,
  filter: PartitionFilter,
  after: string | null,
  limit: number,
  context: UserContext,
): Promise<AssetPartitionPage> {
  const { db, deploymentId, clock } = context;
  const numbers = await loadDynamicNumbers(dynamicNumbersLoader(context), asset.partitions.json);
  const page = await listPartitionPage(db, deploymentId, asset, numbers, filter, after, limit, clock.now());
  const records = await findPartitionRecords(db, deploymentId, asset.key, page.keys);
  return {
    nodes: page.keys.map((key) => ({ assetKey: asset.key, key, record: records.get(key) })),
    cursor: page.cursor,
  };
}

function kindOf(definition: PartitionsDefinition): "time" | "static" | "dynamic" | "multi" {
  if (definition.type === "multi" || definition.type === "static" || definition.type === "dynamic")
    return definition.type;
  return "time";
}
