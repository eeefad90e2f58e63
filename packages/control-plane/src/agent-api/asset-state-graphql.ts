import type { AssetState, AssetStateEvent } from "@millrace/model/data-versions/asset-state";
import { listAssetHistory } from "../assets/list-asset-history.ts";
import { listAssetStates } from "../assets/list-asset-states.ts";
import { builder } from "./agent-api-builder.ts";

const AssetStateEventType = builder.objectRef<AssetStateEvent>("AssetStateEvent").implement({
  description: "What is kept of a materialization or observation.",
  fields: (t) => ({
    sequence: t.exposeFloat("sequence", { description: "Its place in the order of all events." }),
    timestamp: t.exposeFloat("timestamp", { description: "Milliseconds since the epoch." }),
    runId: t.exposeID("runId", { nullable: true }),
    partition: t.exposeString("partition", { nullable: true }),
    metadata: t.field({ type: "JSON", resolve: ({ metadata }) => metadata }),
    tags: t.field({ type: "JSON", resolve: ({ tags }) => tags }),
    dataVersion: t.exposeString("dataVersion", { nullable: true }),
    codeVersion: t.exposeString("codeVersion", { nullable: true }),
    provenance: t.field({
      type: "JSON",
      nullable: true,
      description: "A VersionProvenance of @millrace/model/data-version.",
      resolve: ({ provenance }) => provenance,
    }),
  }),
});

const AssetStateType = builder.objectRef<AssetState>("AssetState").implement({
  fields: (t) => ({
    dataVersion: t.exposeString("dataVersion", {
      nullable: true,
      description: "The version that counts for what is made from it. Null: there is nothing yet.",
    }),
    materialization: t.expose("materialization", { type: AssetStateEventType, nullable: true }),
    observation: t.expose("observation", { type: AssetStateEventType, nullable: true }),
  }),
});

const AssetEventKindType = builder.enumType("AssetEventKind", {
  values: ["materialization", "observation"] as const,
});

const AssetPlaceInput = builder.inputType("AssetPlaceInput", {
  fields: (t) => ({
    assetKey: t.string(),
    partition: t.string({ required: false, description: "Null: the asset as a whole." }),
  }),
});

const AssetHistoryFilter = builder.inputType("AssetHistoryFilter", {
  fields: (t) => ({
    assetKey: t.string(),
    partition: t.string({ required: false, description: "Null: all events of the asset." }),
    kind: t.field({ type: AssetEventKindType }),
    limit: t.int(),
  }),
});

builder.queryField("assetHistory", (t) =>
  t.field({
    access: "reader",
    type: [AssetStateEventType],
    description:
      "With the token of a run or a tick: the last events of an asset of its deployment, newest first, as far as they are kept.",
    args: { filter: t.arg({ type: AssetHistoryFilter }) },
    resolve: (_root, { filter }, { db, caller }) =>
      listAssetHistory(db, caller.deploymentId, { ...filter, partition: filter.partition ?? null }),
  }),
);

builder.queryField("assetStates", (t) =>
  t.field({
    access: "reader",
    type: [AssetStateType],
    description:
      "With the token of a run or a tick: the last events of assets and partitions of its deployment, in the order asked.",
    args: {
      runId: t.arg.id({ required: false }),
      attempt: t.arg.int({ required: false }),
      places: t.arg({ type: [AssetPlaceInput] }),
    },
    resolve: (_root, { places }, { db, caller }) =>
      listAssetStates(
        db,
        caller.deploymentId,
        places.map(({ assetKey, partition }) => ({ assetKey, partition: partition ?? null })),
      ),
  }),
);
