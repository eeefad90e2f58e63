import { NothingToRetry, RunNotFailed } from "@millrace/model/steps/re-execution";
import { reexecuteRun, type ReexecutionStrategy } from "./reexecute-run.ts";
import { RunNotReexecutable } from "../run-errors.ts";
import { builder } from "../../graphql/builder.ts";
import {
  LaunchedRunType,
  originOf,
  RunConfigInvalidType,
  toLaunchResult,
  UnknownDefinitionType,
  type LaunchResult,
} from "../launch/launch-graphql.ts";

const ReexecutionStrategyType = builder.enumType("ReexecutionStrategy", {
  description: "Which part of a run its re-execution repeats.",
  values: {
    ALL_STEPS: { description: "What the run was to execute, from its beginning." },
    FROM_FAILURE: {
      description:
        "Steps that failed, never ended or never started, and everything downstream of them; of a failed or canceled run.",
    },
    FROM_ASSET_FAILURE: {
      description: "Assets and checks that the run was to produce but did not; of a failed or canceled run.",
    },
    SELECTED_STEPS: {
      description: "The steps of `stepSelection`; what they need from others is read from this run.",
    },
  } satisfies Record<ReexecutionStrategy, object>,
});

/** A plain value, as GraphQL takes an `Error` that a resolver returns for a failure of the request. */
interface NotReexecutable {
  readonly kind: "not_reexecutable";
  readonly code: string;
  readonly message: string;
}

const RunNotReexecutableType = builder.objectRef<NotReexecutable>("RunNotReexecutable").implement({
  description: "The run can't be re-executed in this way.",
  fields: (t) => ({
    code: t.exposeString("code", {
      description: "run_not_failed, nothing_to_retry, outputs_missing, events_expired or definitions_too_old",
    }),
    message: t.exposeString("message"),
  }),
});

const ReexecuteRunResult = builder.unionType("ReexecuteRunResult", {
  types: [LaunchedRunType, RunConfigInvalidType, UnknownDefinitionType, RunNotReexecutableType],
  resolveType: ({ kind }) => {
    if (kind === "launched") return LaunchedRunType;
    if (kind === "not_reexecutable") return RunNotReexecutableType;
    return kind === "unknown_definition" ? UnknownDefinitionType : RunConfigInvalidType;
  },
});

builder.mutationField("reexecuteRun", (t) =>
  t.field({
    access: { action: "run.reexecute", audit: ["id", "strategy"] },
    type: ReexecuteRunResult,
    description:
      "The same job, config, partition and tags again, or a part of it, as a new run of the same group.\n" +
      "It is checked against the definitions of now.",
    args: {
      id: t.arg.id({ required: true }),
      strategy: t.arg({ type: ReexecutionStrategyType, required: true, defaultValue: "ALL_STEPS" }),
      stepSelection: t.arg.stringList({
        description:
          "For SELECTED_STEPS: keys of steps; `work[x]` for one copy of a mapped step, `work[?]` for all.",
      }),
      includeDownstream: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: "For SELECTED_STEPS: everything downstream of them too.",
      }),
    },
    resolve: async (_root, { id, strategy, stepSelection = null, includeDownstream }, context) => {
      const request = { strategy, stepSelection, includeDownstream };
      const origin = originOf(context.viewer);
      const launch = reexecuteRun(context.db, context.deploymentId, id, request, origin, context);
      return toReexecutionResult(toLaunchResult(launch));
    },
  }),
);

async function toReexecutionResult(launch: Promise<LaunchResult>): Promise<LaunchResult | NotReexecutable> {
  try {
    return await launch;
  } catch (error) {
    if (
      error instanceof RunNotFailed ||
      error instanceof NothingToRetry ||
      error instanceof RunNotReexecutable
    )
      return { kind: "not_reexecutable", code: error.code, message: error.message };
    throw error;
  }
}
