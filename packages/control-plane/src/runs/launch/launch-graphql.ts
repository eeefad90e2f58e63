import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { UnknownThing } from "../../graphql/unknown-thing.ts";
import type { RunConfig } from "@millrace/model/config/run-config";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import type { RunPartitions } from "@millrace/model/runs/run-target";
import type { Viewer } from "../../access/viewer.ts";
import { RunConfigInvalid, type RunConfigError } from "./launch-error.ts";
import { launchAndStart } from "./launch-and-start.ts";
import type { LaunchRequest } from "./launch-runs.ts";
import type { LaunchInput } from "./launch-input.ts";
import { BadRequest } from "../../api/bad-request.ts";
import { RunAlreadyFinished } from "../run-errors.ts";
import { expectedFailure, resultType } from "../../graphql/expected-failure.ts";
import { findRun, type Run } from "../run-store.ts";
import { terminateRun } from "../ending/terminate-run.ts";
import { builder, RunStatusType, TagInputType } from "../../graphql/builder.ts";
import type { UserContext } from "../../graphql/context.ts";
import { RunType } from "../run-graphql.ts";

/** Partitions in a row, in an input. */
export const PartitionRangeInput = builder.inputType("PartitionRangeInput", {
  description: "Partitions in a row, both ends included; of several dimensions the product of their ranges.",
  fields: (t) => ({ start: t.string({ required: true }), end: t.string({ required: true }) }),
});

const LaunchRunInput = builder.inputType("LaunchRunInput", {
  fields: (t) => ({
    locationName: t.string({ description: "Default: the only location that has the job or the assets." }),
    jobName: t.string({ description: "Null: materialize `assetSelection` without a job." }),
    assetSelection: t.stringList(),
    checkSelection: t.stringList(),
    stepSelection: t.stringList(),
    partitionKey: t.string(),
    partitionRange: t.field({
      type: PartitionRangeInput,
      description: "Several partitions in one run, instead of `partitionKey`.",
    }),
    runConfig: t.field({ type: "JSON" }),
    tags: t.field({ type: [TagInputType] }),
    idempotencyKey: t.string({ description: "Two launches with one key are one run." }),
  }),
});

const RunConfigErrorType = builder.objectRef<RunConfigError>("RunConfigError").implement({
  fields: (t) => ({
    path: t.exposeString("path", {
      description: "Where in the run config, such as `ops.flights.config.year`.",
    }),
    message: t.exposeString("message"),
  }),
});

/** A run config that does not fit its job, and where. */
export const InvalidRunConfig = expectedFailure("RunConfigInvalid", [RunConfigInvalid], {
  fields: (t) => ({
    errors: t.field({ type: [RunConfigErrorType], resolve: ({ error }) => [...error.errors] }),
  }),
});

/** A run that was put into the queue. */
export const LaunchedRunType = builder
  .objectRef<{ readonly run: Run }>("LaunchedRun")
  .implement({ fields: (t) => ({ run: t.expose("run", { type: RunType }) }) });

const LaunchRunResult = resultType("LaunchRunResult", LaunchedRunType, [InvalidRunConfig, UnknownThing]);

const FinishedRun = expectedFailure("RunAlreadyFinished", [RunAlreadyFinished], {
  fields: (t) => ({ status: t.field({ type: RunStatusType, resolve: ({ error }) => error.status }) }),
});

const TerminateRunResult = resultType("TerminateRunResult", RunType, [FinishedRun, UnknownThing]);

builder.mutationFields((t) => ({
  launchRun: t.field({
    access: {
      action: "run.launch",
      audit: ["input.locationName", "input.jobName", "input.assetSelection", "input.partitionKey"],
    },
    type: LaunchRunResult.type,
    args: { input: t.arg({ type: LaunchRunInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { partitionKey = null, partitionRange = null, idempotencyKey = null } = input;
      const request: LaunchRequest = {
        target: { ...readTarget(input), partitionKey, partitionRange },
        origin: originOf(context.viewer),
        key: idempotencyKey,
        lineage: null,
      };
      return LaunchRunResult.of(async () => ({
        run: await launchAndStart(context.db, context.deploymentId, request, context),
      }));
    },
  }),
  terminateRun: t.field({
    access: { action: "run.terminate", audit: ["id"] },
    type: TerminateRunResult.type,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => TerminateRunResult.of(() => terminate(context, id)),
  }),
}));

/** @throws RunAlreadyFinished, UnknownDefinition */
async function terminate({ db, deploymentId }: UserContext, id: string): Promise<Run> {
  const outcome = await terminateRun(db, deploymentId, id);
  if (outcome.kind === "already_finished") throw new RunAlreadyFinished(id, outcome.status);
  const run = outcome.kind === "not_found" ? null : await findRun(db, deploymentId, id);
  if (run === null) throw new UnknownDefinition(`There is no run ${id}`);
  return run;
}

/** The fields of a launch in which the inputs agree. */
interface TargetInput {
  readonly locationName?: string | null | undefined;
  readonly jobName?: string | null | undefined;
  readonly assetSelection?: readonly string[] | null | undefined;
  readonly checkSelection?: readonly string[] | null | undefined;
  readonly stepSelection?: readonly string[] | null | undefined;
  readonly runConfig?: unknown;
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | null | undefined;
}

/** Reads what an input asks to be run, without its partitions. @throws BadRequest */
export function readTarget(input: TargetInput): Omit<LaunchInput, keyof RunPartitions> {
  return {
    locationName: input.locationName ?? null,
    jobName: input.jobName ?? null,
    assetSelection: input.assetSelection ?? null,
    checkSelection: input.checkSelection ?? null,
    stepSelection: input.stepSelection ?? null,
    runConfig: readRunConfig(input.runConfig ?? null),
    tags: Object.fromEntries((input.tags ?? []).map(({ key, value }) => [key, value])),
  };
}

/** What the user API launches comes from who asks. */
export function originOf(viewer: Viewer): RunOrigin {
  return { kind: "user", name: viewer.name };
}

function readRunConfig(value: unknown): LaunchInput["runConfig"] {
  if (value === null) return null;
  if (typeof value === "object" && !Array.isArray(value)) return value as RunConfig;
  throw new BadRequest("`input.runConfig` must be an object");
}
