import type { CheckSummary } from "./check-store.ts";
import { listAssetNodes, type AssetNode } from "./list-assets.ts";
import { AssetStateType } from "./asset-graphql.ts";
import { builder } from "../graphql/builder.ts";
import { isSelected } from "../graphql/selected-fields.ts";
import {
  StaleCauseType,
  staleStatusOfPartitions,
  StaleStatusType,
  toStaleCauses,
  toStaleStatus,
} from "./staleness-graphql.ts";

const AssetCheckSummaryType = builder.objectRef<CheckSummary>("AssetCheckSummary").implement({
  fields: (t) => ({
    passed: t.exposeInt("passed"),
    warned: t.exposeInt("warned"),
    failed: t.exposeInt("failed"),
    unknown: t.exposeInt("unknown"),
  }),
});

const AssetNodeType = builder.objectRef<AssetNode>("AssetNode").implement({
  access: "asset.view",
  description: "What the lineage graph needs of an asset.",
  fields: (t) => ({
    key: t.exposeString("key"),
    locationName: t.exposeString("locationName"),
    group: t.exposeString("group"),
    kinds: t.exposeStringList("kinds"),
    executable: t.exposeBoolean("executable"),
    partitioned: t.exposeBoolean("partitioned"),
    dependencies: t.exposeStringList("dependencies"),
    state: t.expose("state", { type: AssetStateType }),
    lastMaterializedAt: t.expose("lastMaterializedAt", { type: "DateTime", nullable: true }),
    staleStatus: t.field({
      type: StaleStatusType,
      nullable: true,
      description: "Null while it is being found out which partitions are stale.",
      resolve: ({ staleness, stalePartitions, lastMaterializedAt, virtual }) =>
        stalePartitions === undefined
          ? toStaleStatus(staleness)
          : staleStatusOfPartitions(stalePartitions, {
              isMade: lastMaterializedAt !== null,
              isVirtual: virtual,
            }),
    }),
    stalePartitions: t.int({
      nullable: true,
      description: "As `stale` of the asset's partitions; null as well for an asset without any.",
      resolve: ({ stalePartitions }) => stalePartitions ?? null,
    }),
    staleCauses: t.field({
      type: [StaleCauseType],
      resolve: ({ staleness }) => toStaleCauses(staleness),
    }),
    checks: t.expose("checks", { type: AssetCheckSummaryType }),
  }),
});

builder.queryField("assetGraph", (t) =>
  t.field({
    access: "asset.view",
    type: [AssetNodeType],
    description: "Every asset with its edges, for the lineage graph.",
    resolve: (_root, _args, { db, deploymentId, clock }, info) =>
      listAssetNodes(
        db,
        deploymentId,
        clock.now(),
        isSelected(info, ["staleStatus", "staleCauses", "stalePartitions"]),
      ),
  }),
);
