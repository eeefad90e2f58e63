import type { RunStatus } from "@millrace/model/run-status";
import type { RunConfig } from "@millrace/model/config/run-config";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import type { RunPartitions } from "@millrace/model/runs/run-target";
import type { Viewer } from "../../access/viewer.ts";
import { RunConfigInvalid, UnknownDefinition, type RunConfigError } from "./launch-error.ts";
import { launchAndStart } from "./launch-and-start.ts";
import type { LaunchRequest } from "./launch-runs.ts";
import type { LaunchInput } from "./launch-input.ts";
import { BadRequest } from "../../api/bad-request.ts";
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

/** Outcomes are plain values: GraphQL takes an `Error` that a resolver returns for a failure of the request. */
interface Invalid {
  readonly kind: "run_config_invalid";
  readonly message: string;
  readonly errors: readonly RunConfigError[];
}
interface Unknown {
  readonly kind: "unknown_definition";
  readonly message: string;
}
interface Launched {
  readonly kind: "launched";
  readonly run: Run;
}
interface AlreadyFinished {
  readonly kind: "already_finished";
  readonly message: string;
  readonly status: RunStatus;
}

/** A run config that does not fit its job, and where. */
export const RunConfigInvalidType = builder.objectRef<Invalid>("RunConfigInvalid").implement({
  fields: (t) => ({
    message: t.exposeString("message"),
    errors: t.expose("errors", { type: [RunConfigErrorType] }),
  }),
});

/** Something that the request names is not there. */
export const UnknownDefinitionType = builder.objectRef<Unknown>("UnknownDefinition").implement({
  description: "A job, asset, partition or location that is not there, or a run that is not.",
  fields: (t) => ({ message: t.exposeString("message") }),
});

/** A run that was put into the queue. */
export const LaunchedRunType = builder
  .objectRef<Launched>("LaunchedRun")
  .implement({ fields: (t) => ({ run: t.expose("run", { type: RunType }) }) });

const LaunchRunResult = builder.unionType("LaunchRunResult", {
  types: [LaunchedRunType, RunConfigInvalidType, UnknownDefinitionType],
  resolveType: ({ kind }) => {
    if (kind === "launched") return LaunchedRunType;
    return kind === "unknown_definition" ? UnknownDefinitionType : RunConfigInvalidType;
  },
});

const RunAlreadyFinishedType = builder.objectRef<AlreadyFinished>("RunAlreadyFinished").implement({
  fields: (t) => ({
    message: t.exposeString("message"),
    status: t.expose("status", { type: RunStatusType }),
  }),
});

const TerminateRunResult = builder.unionType("TerminateRunResult", {
  types: [RunType, RunAlreadyFinishedType, UnknownDefinitionType],
  resolveType: (value) => {
    if (!("kind" in value)) return RunType;
    return value.kind === "already_finished" ? RunAlreadyFinishedType : UnknownDefinitionType;
  },
});

builder.mutationFields((t) => ({
  launchRun: t.field({
    access: {
      action: "run.launch",
      audit: ["input.locationName", "input.jobName", "input.assetSelection", "input.partitionKey"],
    },
    type: LaunchRunResult,
    args: { input: t.arg({ type: LaunchRunInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const { partitionKey = null, partitionRange = null, idempotencyKey = null } = input;
      const request: LaunchRequest = {
        target: { ...readTarget(input), partitionKey, partitionRange },
        origin: originOf(context.viewer),
        key: idempotencyKey,
        lineage: null,
      };
      return toLaunchResult(launchAndStart(context.db, context.deploymentId, request, context));
    },
  }),
  terminateRun: t.field({
    access: { action: "run.terminate", audit: ["id"] },
    type: TerminateRunResult,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => terminate(context, id),
  }),
}));

/** Why a launch was refused, as the API tells it. */
export type LaunchFailure = Invalid | Unknown;

/** What became of the wish to launch a run, as the API tells it. */
export type LaunchResult = Launched | LaunchFailure;

/** Waits for a launch; expected failures become members of the result's union, any other is thrown. */
export async function toLaunchResult(launch: Promise<Run>): Promise<LaunchResult> {
  try {
    return { kind: "launched", run: await launch };
  } catch (error) {
    return toLaunchFailure(error);
  }
}

/** An expected failure of a launch as a member of the result's union; any other is thrown. */
export function toLaunchFailure(error: unknown): LaunchFailure {
  if (error instanceof RunConfigInvalid) {
    return { kind: "run_config_invalid", message: error.message, errors: error.errors };
  }
  if (error instanceof UnknownDefinition) return { kind: "unknown_definition", message: error.message };
  throw error;
}

async function terminate(
  { db, deploymentId }: UserContext,
  id: string,
): Promise<Run | AlreadyFinished | Unknown> {
  const outcome = await terminateRun(db, deploymentId, id);
  if (outcome.kind === "already_finished") {
    return {
      kind: "already_finished",
      message: `Run ${id} has already ended: ${outcome.status}`,
      status: outcome.status,
    };
  }
  const run = outcome.kind === "not_found" ? null : await findRun(db, deploymentId, id);
  return run ?? { kind: "unknown_definition", message: `There is no run ${id}` };
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
