import { UnknownThing } from "../../graphql/unknown-thing.ts";
import { launchPartitions } from "./launch-partitions.ts";
import type { Run } from "../run-store.ts";
import { builder, TagInputType } from "../../graphql/builder.ts";
import { originOf, PartitionRangeInput, readTarget, InvalidRunConfig } from "./launch-graphql.ts";
import { resultType } from "../../graphql/expected-failure.ts";
import { RunType } from "../run-graphql.ts";

const LaunchPartitionsInput = builder.inputType("LaunchPartitionsInput", {
  fields: (t) => ({
    locationName: t.string({ description: "Default: the only location that has the job or the assets." }),
    jobName: t.string({ description: "Null: materialize `assetSelection` without a job." }),
    assetSelection: t.stringList(),
    checkSelection: t.stringList(),
    partitionRanges: t.field({
      type: [PartitionRangeInput],
      required: true,
      description: "Together they are what is asked for; one partition alone has itself as both ends.",
    }),
    runConfig: t.field({ type: "JSON" }),
    tags: t.field({ type: [TagInputType] }),
    idempotencyKey: t.string({ description: "Two launches with one key are the same runs." }),
  }),
});

interface LaunchedRuns {
  readonly runs: readonly Run[];
}

const LaunchedRunsType = builder
  .objectRef<LaunchedRuns>("LaunchedRuns")
  .implement({ fields: (t) => ({ runs: t.field({ type: [RunType], resolve: ({ runs }) => [...runs] }) }) });

const LaunchPartitionsResult = resultType("LaunchPartitionsResult", LaunchedRunsType, [
  InvalidRunConfig,
  UnknownThing,
]);

builder.mutationFields((t) => ({
  launchPartitions: t.field({
    access: {
      action: "run.launch",
      audit: ["input.locationName", "input.jobName", "input.assetSelection", "input.partitionRanges"],
    },
    type: LaunchPartitionsResult.type,
    description:
      "Launches as many runs for many partitions as the backfill policies of their assets ask for: one for each partition,\n" +
      "unless all of them take several. At most 1000 runs.",
    args: { input: t.arg({ type: LaunchPartitionsInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const wanted = { ...readTarget(input), partitionRanges: input.partitionRanges };
      const request = { origin: originOf(context.viewer), key: input.idempotencyKey ?? null };
      return LaunchPartitionsResult.of(async () => ({
        runs: await launchPartitions(context.db, context.deploymentId, wanted, request, context),
      }));
    },
  }),
}));
