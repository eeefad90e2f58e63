import { UnknownThing } from "../../graphql/unknown-thing.ts";
import { NothingToRetry, RunNotFailed } from "@millrace/model/steps/re-execution";
import { reexecuteRun, type ReexecutionStrategy } from "./reexecute-run.ts";
import { RunNotReexecutable } from "../run-errors.ts";
import { builder } from "../../graphql/builder.ts";
import { expectedFailure, resultType } from "../../graphql/expected-failure.ts";
import { LaunchedRunType, originOf, InvalidRunConfig } from "../launch/launch-graphql.ts";

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

const NotReexecutable = expectedFailure(
  "RunNotReexecutable",
  [RunNotFailed, NothingToRetry, RunNotReexecutable],
  {
    description: "The run can't be re-executed in this way.",
    fields: (t) => ({
      code: t.string({
        description:
          "run_not_failed, nothing_to_retry, outputs_missing, events_expired or definitions_too_old",
        resolve: ({ error }) => error.code,
      }),
    }),
  },
);

const ReexecuteRunResult = resultType("ReexecuteRunResult", LaunchedRunType, [
  InvalidRunConfig,
  UnknownThing,
  NotReexecutable,
]);

builder.mutationField("reexecuteRun", (t) =>
  t.field({
    access: { action: "run.reexecute", audit: ["id", "strategy"] },
    type: ReexecuteRunResult.type,
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
    resolve: (_root, { id, strategy, stepSelection = null, includeDownstream }, context) => {
      const request = { strategy, stepSelection, includeDownstream };
      const origin = originOf(context.viewer);
      return ReexecuteRunResult.of(async () => ({
        run: await reexecuteRun(context.db, context.deploymentId, id, request, origin, context),
      }));
    },
  }),
);
