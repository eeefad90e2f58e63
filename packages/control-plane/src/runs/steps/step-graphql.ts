import { builder } from "../../graphql/builder.ts";
import { RunType } from "../run-graphql.ts";
import { listRunSteps, type RunStep } from "./step-store.ts";
import { STEP_STATES } from "./step-summary.ts";

const StepStateType = builder.enumType("StepState", { values: STEP_STATES });

const RunStepType = builder.objectRef<RunStep>("RunStep").implement({
  fields: (t) => ({
    key: t.exposeString("key"),
    state: t.expose("state", { type: StepStateType }),
    upstream: t.exposeStringList("upstream"),
    assetKeys: t.exposeStringList("assetKeys", {
      description:
        "The assets that it makes, where its step makes others in other parts of the run; none for a whole step.",
    }),
    startedAt: t.expose("startedAt", { type: "DateTime", nullable: true }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true }),
    waitingUntil: t.expose("waitingUntil", {
      type: "DateTime",
      nullable: true,
      description: "When a step that waits goes on, by its worker's clock; null: it does not wait.",
    }),
    attempts: t.exposeInt("attempts"),
    error: t.expose("error", { type: "JSON", nullable: true }),
    failureMetadata: t.expose("failureMetadata", {
      type: "JSON",
      nullable: true,
      description: "What a `Failure` said beside its message, values by name.",
    }),
  }),
});

builder.objectFields(RunType, (t) => ({
  steps: t.field({
    type: [RunStepType],
    description: "One row a step: what the waterfall draws.",
    resolve: (run, _args, { db }) => listRunSteps(db, run),
  }),
}));
