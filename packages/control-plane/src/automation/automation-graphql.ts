import { targetName } from "@millrace/model/automation/asset-state-view";
import { builder } from "../graphql/builder.ts";
import {
  findExplanation,
  listEvaluations,
  type AutomationExplanation,
  type KeptEvaluation,
} from "./find-explanation.ts";

/** Evaluations that one request may ask for: each has a tree. */
const MAX_EVALUATIONS = 100;

const AutomationEvaluationType = builder.objectRef<KeptEvaluation>("AutomationEvaluation").implement({
  description:
    "An evaluation that asked for something, or after which the condition remembers something else.",
  fields: (t) => ({
    id: t.exposeID("id"),
    round: t.exposeInt("round", {
      description: "The number of the round, which its runs have as the tag millrace/automation_round.",
    }),
    timestamp: t.expose("timestamp", { type: "DateTime" }),
    requestedCount: t.exposeInt("requestedCount", {
      description: "How many partitions it asked for; of what is not partitioned: 1.",
    }),
    tree: t.field({
      type: "JSON",
      resolve: ({ readTree }) => readTree(),
      description:
        "What each part of the condition saw: op, name, target, candidates, holds, count and children.",
    }),
    runIds: t.exposeStringList("runIds"),
    backfillId: t.exposeString("backfillId", { nullable: true }),
    problem: t.exposeString("problem", {
      nullable: true,
      description: "Why what it asked for could not be launched.",
    }),
  }),
});

const AutomationExplanationType = builder
  .objectRef<AutomationExplanation>("AutomationExplanation")
  .implement({
    description: "Why an automation condition does or does not ask for something.",
    fields: (t) => ({
      evaluations: t.exposeInt("evaluations", { description: "How often it was evaluated." }),
      evaluatedAt: t.expose("evaluatedAt", {
        type: "DateTime",
        description: "When it was evaluated last: since then it would have come to the same.",
      }),
      looksAt: t.exposeStringList("looksAt", {
        nullable: true,
        description: "Assets of which something new may change it. Null: it is evaluated again in any case.",
      }),
      until: t.expose("until", {
        type: "DateTime",
        nullable: true,
        description: "When time alone may change it. Null: never, or it is evaluated again in any case.",
      }),
      latest: t.field({
        type: [AutomationEvaluationType],
        description: "The newest evaluations that are kept, newest first.",
        args: { limit: t.arg.int({ required: true, defaultValue: 1 }) },
        resolve: ({ target }, { limit }, { db, deploymentId }) =>
          listEvaluations(db, deploymentId, target, Math.min(Math.max(limit, 0), MAX_EVALUATIONS)),
      }),
    }),
  });

builder.queryFields((t) => ({
  explainAutomation: t.field({
    access: "asset.view",
    type: AutomationExplanationType,
    nullable: true,
    description: "Null: the asset or check has no condition, or it was never evaluated.",
    args: { assetKey: t.arg.string({ required: true }), checkName: t.arg.string() },
    resolve: (_root, { assetKey, checkName }, { db, deploymentId }) =>
      findExplanation(db, deploymentId, targetName({ asset: assetKey, check: checkName ?? null })),
  }),
}));
