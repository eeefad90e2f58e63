import { builder, readLimit } from "../graphql/builder.ts";
import type { UserContext } from "../graphql/context.ts";
import { resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";
import { originOf } from "../runs/launch/launch-graphql.ts";
import { definedOnly, RunOriginType, RunsFilterType } from "../runs/run-graphql.ts";
import type { RunFilter } from "../runs/run-filter.ts";
import {
  BULK_KINDS,
  BULK_STATUSES,
  BULK_STRATEGIES,
  type BulkKind,
  type BulkOperation,
  type BulkRefusal,
  type BulkStrategy,
} from "./bulk-operation.ts";
import {
  findBulkOperation,
  insertBulkOperation,
  listBulkOperations,
  stopBulkOperation,
} from "./bulk-store.ts";
import { chooseWipedAssets } from "./choose-wiped-assets.ts";

const MAX_LISTED = 1_000;

const BulkKindType = builder.enumType("BulkOperationKind", { values: BULK_KINDS });
const BulkStatusType = builder.enumType("BulkOperationStatus", {
  description: "`STOPPED`: somebody has stopped it; what it has done stays.",
  values: BULK_STATUSES,
});
const BulkStrategyType = builder.enumType("BulkReexecutionStrategy", {
  description: "What of each run is repeated, as with `reexecuteRun`.",
  values: BULK_STRATEGIES,
});

const BulkRefusalType = builder.objectRef<BulkRefusal>("BulkRefusal").implement({
  fields: (t) => ({ runId: t.exposeID("runId"), message: t.exposeString("message") }),
});

const BulkOperationType = builder.objectRef<BulkOperation>("BulkOperation").implement({
  description:
    "Something that is done to all runs of a filter that were there when it began, or to many assets.",
  access: "run.view",
  fields: (t) => ({
    id: t.exposeID("id"),
    kind: t.expose("kind", { type: BulkKindType }),
    strategy: t.expose("strategy", { type: BulkStrategyType, nullable: true }),
    filter: t.field({
      type: "JSON",
      description: "The filter's fields, as they were given; empty for `WIPE`.",
      resolve: ({ filter }) => filter,
    }),
    origin: t.expose("origin", { type: RunOriginType }),
    status: t.expose("status", { type: BulkStatusType }),
    total: t.exposeInt("total", {
      description:
        "Runs that matched when it began, of which some may change before their turn comes; for `WIPE` assets.",
    }),
    done: t.exposeInt("done", { description: "Runs or assets that it has been done to." }),
    refused: t.exposeInt("refused", { description: "Runs that it could not be done to." }),
    refusals: t.expose("refusals", { type: [BulkRefusalType], description: "Why, of the first ones." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true }),
  }),
});

const WipeAssetsResult = resultType("WipeAssetsResult", BulkOperationType, [InvalidInput]);

builder.queryFields((t) => ({
  bulkOperations: t.field({
    access: "run.view",
    type: [BulkOperationType],
    description: "Newest first.",
    args: { limit: t.arg.int({ required: true, defaultValue: 50 }) },
    resolve: (_root, { limit }, { db, deploymentId }) =>
      listBulkOperations(db, deploymentId, readLimit(limit, MAX_LISTED)),
  }),
  bulkOperation: t.field({
    access: "run.view",
    type: BulkOperationType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, deploymentId }) => findBulkOperation(db, deploymentId, id),
  }),
}));

builder.mutationFields((t) => ({
  cancelRuns: t.field({
    access: { action: "run.terminate", audit: ["filter"] },
    type: BulkOperationType,
    description: "Cancels every run of the filter that has not ended.",
    args: { filter: t.arg({ type: RunsFilterType, required: true }) },
    resolve: (_root, { filter }, context) => begin(context, "CANCEL", filter, null),
  }),
  reexecuteRuns: t.field({
    access: { action: "run.reexecute", audit: ["filter", "strategy"] },
    type: BulkOperationType,
    description: "Repeats every run of the filter that has ended, each as `reexecuteRun` does.",
    args: {
      filter: t.arg({ type: RunsFilterType, required: true }),
      strategy: t.arg({ type: BulkStrategyType, required: true, defaultValue: "ALL_STEPS" }),
    },
    resolve: (_root, { filter, strategy }, context) => begin(context, "REEXECUTE", filter, strategy),
  }),
  deleteRuns: t.field({
    access: { action: "run.delete", audit: ["filter"] },
    type: BulkOperationType,
    description:
      "Deletes every run of the filter that has ended, with its events and output. What it made of assets stays.",
    args: { filter: t.arg({ type: RunsFilterType, required: true }) },
    resolve: (_root, { filter }, context) => begin(context, "DELETE", filter, null),
  }),
  wipeAssets: t.field({
    access: { action: "asset.wipe", audit: ["keys", "selection"] },
    type: WipeAssetsResult.type,
    description:
      "Forgets what has happened to many assets, each as `wipeAsset` does. Says which by `keys`, or by a `selection` such as `group:raw`, one of the two; those that nothing has happened to are passed over.",
    args: { keys: t.arg.stringList(), selection: t.arg.string() },
    resolve: (_root, { keys, selection }, { db, deploymentId, ids, viewer }) =>
      WipeAssetsResult.of(async () =>
        insertBulkOperation(db, {
          id: ids.newId(),
          deploymentId,
          kind: "WIPE",
          filter: {},
          assetKeys: await chooseWipedAssets(db, deploymentId, keys ?? null, selection ?? null),
          strategy: null,
          origin: originOf(viewer),
        }),
      ),
  }),
  stopBulkOperation: t.field({
    access: { action: "run.terminate", audit: ["id"] },
    type: BulkOperationType,
    nullable: true,
    description: "Stops an operation that is under way; what it has done stays.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, deploymentId }) => stopBulkOperation(db, deploymentId, id),
  }),
}));

function begin(
  { db, deploymentId, ids, viewer }: UserContext,
  kind: BulkKind,
  filter: { readonly [K in keyof RunFilter]?: RunFilter[K] | undefined },
  strategy: BulkStrategy | null,
): Promise<BulkOperation> {
  const operation = {
    id: ids.newId(),
    deploymentId,
    kind,
    strategy,
    origin: originOf(viewer),
    assetKeys: null,
  };
  return insertBulkOperation(db, { ...operation, filter: definedOnly(filter) });
}
