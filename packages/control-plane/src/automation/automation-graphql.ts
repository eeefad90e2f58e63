import type { Blocker } from "@millrace/model/automation/explain-target";
import { builder } from "../graphql/builder.ts";
import { resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";
import { explainNow, type ExplainedNow } from "./explain-now.ts";
import {
  findExplanation,
  listEvaluations,
  type AutomationExplanation,
  type KeptEvaluation,
} from "./find-explanation.ts";
import {
  readSwitches,
  switchAutomation,
  type AutomationGroup,
  type AutomationSwitches,
} from "./switch-automation.ts";

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

const AutomationBlockerType = builder.objectRef<Blocker>("AutomationBlocker").implement({
  description: "A part of a condition that stands in the way of a request.",
  fields: (t) => ({
    name: t.exposeString("name"),
    target: t.exposeString("target", { description: "Of what it is asked: an asset, or asset:check." }),
    wanted: t.exposeBoolean("wanted", {
      description: "Whether it would have to hold; else it would have to hold no more.",
    }),
    event: t.exposeString("event", { description: "What would change it, in words." }),
  }),
});

const AutomationNowType = builder.objectRef<ExplainedNow>("AutomationNow").implement({
  description:
    "What a condition comes to now: evaluated for this answer, nothing is asked for or remembered.",
  fields: (t) => ({
    at: t.expose("at", { type: "DateTime" }),
    isRequested: t.exposeBoolean("isRequested"),
    blockers: t.field({
      type: [AutomationBlockerType],
      description: "What stands in the way; empty: it is asked for.",
      resolve: ({ blockers }) => [...blockers],
    }),
    tree: t.field({
      type: "JSON",
      description:
        "What each part of the condition saw: op, name, target, holds, candidates, count, lastMaterialized, lastFailed and children.",
      resolve: ({ tree }) => tree,
    }),
    looksAt: t.exposeStringList("looksAt", {
      nullable: true,
      description: "Assets of which something new may change it. Null: the next round may.",
    }),
    until: t.expose("until", {
      type: "DateTime",
      nullable: true,
      description: "When time alone may change it.",
    }),
  }),
});

const AutomationExplanationType = builder
  .objectRef<AutomationExplanation>("AutomationExplanation")
  .implement({
    description: "Why an automation condition does or does not ask for something.",
    fields: (t) => ({
      problem: t.exposeString("problem", {
        nullable: true,
        description: "Why the condition can't be evaluated.",
      }),
      offWith: t.exposeString("offWith", {
        nullable: true,
        description: "What it is switched off with: deployment or group. Null: it is on.",
      }),
      evaluations: t.exposeInt("evaluations", { description: "How often it was evaluated." }),
      evaluatedAt: t.expose("evaluatedAt", {
        type: "DateTime",
        nullable: true,
        description: "When it was evaluated last: since then it would have come to the same. Null: never.",
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
      now: t.field({
        type: AutomationNowType,
        nullable: true,
        description: "What it comes to now. Null: it is not evaluated.",
        args: {
          partitionKey: t.arg.string({ description: "Default: whether it is asked for in any partition." }),
        },
        resolve: ({ target }, { partitionKey }, { db, deploymentId }) =>
          explainNow(db, deploymentId, target, partitionKey ?? null),
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
    description: "Null: the asset or check has no condition.",
    args: { assetKey: t.arg.string({ required: true }), checkName: t.arg.string() },
    resolve: (_root, { assetKey, checkName }, { db, deploymentId }) =>
      findExplanation(db, deploymentId, { asset: assetKey, check: checkName ?? null }),
  }),
}));

const AutomationGroupType = builder.objectRef<AutomationGroup>("AutomationGroup").implement({
  description: "A group of assets, some of which have automation conditions.",
  fields: (t) => ({
    name: t.exposeString("name"),
    conditions: t.exposeInt("conditions", {
      description: "How many of its assets and their checks have a condition.",
    }),
    problems: t.exposeStringList("problems", { description: "Why some of them can't be evaluated." }),
    isOn: t.exposeBoolean("isOn"),
  }),
});

const AutomationSwitchesType = builder.objectRef<AutomationSwitches>("AutomationSwitches").implement({
  access: "asset.view",
  description: "Whether automation conditions are evaluated.",
  fields: (t) => ({
    isOn: t.exposeBoolean("isOn", { description: "False: none, whatever is said of groups." }),
    groups: t.field({ type: [AutomationGroupType], resolve: ({ groups }) => [...groups] }),
    jobProblems: t.exposeStringList("jobProblems", {
      description: "Why conditions of jobs, which are of no group, can't be evaluated.",
    }),
  }),
});

const SwitchAutomationResult = resultType("SwitchAutomationResult", AutomationSwitchesType, [InvalidInput]);

builder.queryFields((t) => ({
  automation: t.field({
    access: "asset.view",
    type: AutomationSwitchesType,
    resolve: (_root, _args, { db, deploymentId }) => readSwitches(db, deploymentId),
  }),
}));

builder.mutationFields((t) => ({
  switchAutomation: t.field({
    access: { action: "automation.toggle", audit: ["group", "on"] },
    type: SwitchAutomationResult.type,
    description: "Lets the automation conditions of a group of assets be evaluated, or not.",
    args: {
      group: t.arg.string({ description: "Null: the whole deployment." }),
      on: t.arg.boolean({ required: true }),
    },
    resolve: (_root, { group, on }, { db, deploymentId }) =>
      SwitchAutomationResult.of(() => switchAutomation(db, deploymentId, group ?? null, on)),
  }),
}));
