import { builder, TagInputType } from "../graphql/builder.ts";
import { expectedFailure, resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";
import { UnknownThing } from "../graphql/unknown-thing.ts";
import { originOf, PartitionRangeInput, readTarget } from "../runs/launch/launch-graphql.ts";
import { BackfillType } from "./backfill-graphql.ts";
import type { Backfill } from "./backfill-store.ts";
import { BackfillNotInState, requestCancel, setBackfillPaused } from "./control-backfill.ts";
import { KEPT_STATES, type KeptState } from "./keep-states.ts";
import { getBackfill, launchBackfill, type BackfillInput } from "./launch-backfill.ts";
import { previewBackfill, type BackfillPreview, type PreviewedTarget } from "./preview-backfill.ts";
import { BACKFILL_STRATEGIES, relaunchBackfill } from "./relaunch-backfill.ts";

const KeptStateType = builder.enumType("KeptPartitionState", {
  values: Object.fromEntries(KEPT_STATES.map((state) => [state.toUpperCase(), { value: state }])) as {
    [S in KeptState as Uppercase<S>]: { readonly value: S };
  },
});

const AssetPartitionsInput = builder.inputType("AssetPartitionsInput", {
  fields: (t) => ({
    assetKey: t.string({ required: true }),
    partitionRanges: t.field({ type: [PartitionRangeInput], required: true }),
  }),
});

const LaunchBackfillInput = builder.inputType("LaunchBackfillInput", {
  fields: (t) => ({
    title: t.string(),
    locationName: t.string({ description: "Default: wherever the job or each asset is." }),
    jobName: t.string({ description: "Null: materialize `assetSelection` without a job." }),
    assetSelection: t.stringList({ description: "Null: all that the job makes." }),
    partitionRanges: t.field({
      type: [PartitionRangeInput],
      description:
        "Of what is partitioned first, in upstream order, and of all that is partitioned like it; of others what is made from these.\n" +
        "One partition alone has itself as both ends. Null: all partitions that there are.",
    }),
    assetPartitions: t.field({
      type: [AssetPartitionsInput],
      description: "Of single assets, in place of that.",
    }),
    states: t.field({
      type: [KeptStateType],
      description: "Only partitions that are missing, or have failed. Null: all.",
    }),
    runConfig: t.field({ type: "JSON", description: "Of every run." }),
    tags: t.field({ type: [TagInputType], description: "Of every run; `millrace/priority` among them." }),
    idempotencyKey: t.string({ description: "Two launches with one key are one backfill." }),
  }),
});

const NotInState = expectedFailure("BackfillNotInState", [BackfillNotInState], {
  description: "What can only be done to a backfill that goes on, or only to one that has ended.",
});

const LaunchedBackfillType = builder
  .objectRef<{ readonly backfill: Backfill }>("LaunchedBackfill")
  .implement({ fields: (t) => ({ backfill: t.expose("backfill", { type: BackfillType }) }) });

const LaunchBackfillResult = resultType("LaunchBackfillResult", LaunchedBackfillType, [
  InvalidInput,
  UnknownThing,
]);
const RelaunchBackfillResult = resultType("RelaunchBackfillResult", LaunchedBackfillType, [
  InvalidInput,
  UnknownThing,
  NotInState,
]);
const ChangeBackfillResult = resultType("ChangeBackfillResult", BackfillType, [UnknownThing, NotInState]);

const PreviewedTargetType = builder.objectRef<PreviewedTarget>("PreviewedBackfillTarget").implement({
  fields: (t) => ({ key: t.exposeString("key"), partitionCount: t.exposeInt("partitionCount") }),
});

const PreviewType = builder.objectRef<BackfillPreview>("BackfillPreview").implement({
  fields: (t) => ({
    targets: t.expose("targets", {
      type: [PreviewedTargetType],
      description: "What would be made, in upstream order.",
    }),
    firstRuns: t.exposeInt("firstRuns", {
      description: "Runs that could begin at once, at most 1000; others follow as what they need is there.",
    }),
  }),
});

const PreviewResult = resultType("BackfillPreviewResult", PreviewType, [InvalidInput, UnknownThing]);

builder.queryField("previewBackfill", (t) =>
  t.field({
    access: "run.view",
    type: PreviewResult.type,
    description: "What a backfill would make, without making it.",
    args: { input: t.arg({ type: LaunchBackfillInput, required: true }) },
    resolve: (_root, { input }, context) =>
      PreviewResult.of(() => previewBackfill(context.db, context.deploymentId, readInput(input))),
  }),
);

builder.mutationFields((t) => ({
  launchBackfill: t.field({
    access: {
      action: "backfill.launch",
      audit: ["input.locationName", "input.jobName", "input.assetSelection", "input.partitionRanges"],
    },
    type: LaunchBackfillResult.type,
    description:
      "Begins to make many partitions. A daemon launches the runs, as the backfill policies of the assets ask for, in upstream order.",
    args: { input: t.arg({ type: LaunchBackfillInput, required: true }) },
    resolve: (_root, { input }, context) =>
      LaunchBackfillResult.of(async () => {
        const request = { origin: originOf(context.viewer), key: input.idempotencyKey ?? null };
        const { db, deploymentId } = context;
        return { backfill: await launchBackfill(db, deploymentId, readInput(input), request, context) };
      }),
  }),
  relaunchBackfill: t.field({
    access: { action: "backfill.launch", audit: ["id", "strategy"] },
    type: RelaunchBackfillResult.type,
    description: "Makes a backfill that has ended again, or what it did not make.",
    args: {
      id: t.arg.id({ required: true }),
      strategy: t.arg({
        type: builder.enumType("BackfillStrategy", { values: BACKFILL_STRATEGIES }),
        required: true,
        defaultValue: "FROM_FAILURE",
      }),
      idempotencyKey: t.arg.string(),
    },
    resolve: (_root, { id, strategy, idempotencyKey }, context) =>
      RelaunchBackfillResult.of(async () => {
        const request = { origin: originOf(context.viewer), key: idempotencyKey ?? null };
        const { db, deploymentId } = context;
        return { backfill: await relaunchBackfill(db, deploymentId, id, strategy, request, context) };
      }),
  }),
  cancelBackfill: t.field({
    access: { action: "backfill.cancel", audit: ["id"] },
    type: ChangeBackfillResult.type,
    description: "Launches nothing more, ends the runs that go on, and then the backfill.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, deploymentId }) =>
      ChangeBackfillResult.of(async () => {
        await requestCancel(db, deploymentId, id);
        return getBackfill(db, deploymentId, id);
      }),
  }),
  setBackfillPaused: t.field({
    access: { action: "backfill.launch", audit: ["id", "paused"] },
    type: ChangeBackfillResult.type,
    description:
      "Holds a backfill, so that nothing more of it is launched while its runs go on, or lets it go on.",
    args: { id: t.arg.id({ required: true }), paused: t.arg.boolean({ required: true }) },
    resolve: (_root, { id, paused }, { db, deploymentId }) =>
      ChangeBackfillResult.of(async () => {
        await setBackfillPaused(db, deploymentId, id, paused);
        return getBackfill(db, deploymentId, id);
      }),
  }),
}));

function readInput(input: typeof LaunchBackfillInput.$inferInput): BackfillInput {
  const { locationName, jobName, assetSelection, runConfig, tags } = readTarget(input);
  return {
    title: input.title ?? null,
    locationName,
    jobName,
    assetSelection,
    runConfig,
    tags,
    ranges: input.partitionRanges ?? null,
    ofAssets: new Map((input.assetPartitions ?? []).map((each) => [each.assetKey, each.partitionRanges])),
    states: input.states ?? null,
  };
}
