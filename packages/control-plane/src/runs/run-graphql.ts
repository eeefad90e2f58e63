import { RUN_ORIGIN_KINDS, type RunOrigin, type RunOriginKind } from "@millrace/model/runs/run-origin";
import { DeploymentType } from "../deployments/deployment-graphql.ts";
import { workerLoader } from "./run-loaders.ts";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { listRunEvents, type EventPage, type StoredEvent } from "../events/event-store.ts";
import { listRuns, type RunPage } from "./list-runs.ts";
import { countUnfinishedRuns, findRun, type Run, type RunWorker } from "./run-store.ts";
import { ATTEMPT_STATES } from "./attempt-state.ts";
import { builder, readLimit, RunStatusType, TagInputType, TagType, toTags } from "../graphql/builder.ts";

const MAX_EVENTS = 10_000;
const MAX_RUNS = 1_000;

const RunEventType = builder.objectRef<StoredEvent>("RunEvent").implement({
  fields: (t) => ({
    position: t.exposeInt("position"),
    attempt: t.exposeInt("attempt"),
    type: t.exposeString("type"),
    timestamp: t.expose("timestamp", { type: "DateTime" }),
    stepKey: t.exposeString("stepKey", { nullable: true }),
    level: t.exposeString("level", { nullable: true }),
    message: t.exposeString("message"),
    event: t.expose("event", {
      type: "JSON",
      description: "The whole event: see @millrace/model/run-event.",
    }),
  }),
});

const RunEventConnectionType = builder.objectRef<EventPage>("RunEventConnection").implement({
  fields: (t) => ({
    nodes: t.expose("nodes", { type: [RunEventType] }),
    lastPosition: t.exposeInt("lastPosition", { description: "Position to go on after." }),
    hasMore: t.exposeBoolean("hasMore"),
  }),
});

const AttemptStateType = builder.enumType("AttemptState", {
  description:
    "How the attempt stands: its launch waits, its worker runs, it has ended, or nothing was heard for too long.",
  values: ATTEMPT_STATES,
});

const RunWorkerType = builder.objectRef<RunWorker>("RunWorker").implement({
  fields: (t) => ({
    agentId: t.exposeString("agentId", { nullable: true }),
    place: t.exposeString("place", {
      nullable: true,
      description: "Where it runs, for people, such as `4711@host`; null: it has not begun.",
    }),
    leaseUntil: t.expose("leaseUntil", {
      type: "DateTime",
      description: "When it counts as lost if nothing is heard of it until then.",
    }),
    unreachableSince: t.expose("unreachableSince", {
      type: "DateTime",
      nullable: true,
      description:
        "Since when nothing has been heard of it, which is no failure yet; null: it is heard, or has ended.",
    }),
    blockedSince: t.expose("blockedSince", {
      type: "DateTime",
      nullable: true,
      description:
        "Since when its main thread, which runs the author's code, has not answered; null: it answers, or has ended.",
    }),
    state: t.expose("state", { type: AttemptStateType }),
  }),
});

const PartitionRangeType = builder.objectRef<PartitionKeyRange>("PartitionRange").implement({
  description: "Partitions in a row, both ends included; of several dimensions the product of their ranges.",
  fields: (t) => ({ start: t.exposeString("start"), end: t.exposeString("end") }),
});

const RunOriginKindType = builder.enumType("RunOriginKind", {
  values: Object.fromEntries(RUN_ORIGIN_KINDS.map((kind) => [kind.toUpperCase(), { value: kind }])) as {
    [K in RunOriginKind as Uppercase<K>]: { readonly value: K };
  },
});

/** Who or what asked for something. */
export const RunOriginType = builder.objectRef<RunOrigin>("RunOrigin").implement({
  fields: (t) => ({
    kind: t.expose("kind", { type: RunOriginKindType }),
    name: t.exposeString("name", {
      nullable: true,
      description:
        "The user; the schedule, sensor or automation; the id of the backfill. Null where nobody knows, or the kind says it all.",
    }),
  }),
});

export const RunType = builder.objectRef<Run>("Run").implement({
  access: "run.view",
  fields: (t) => ({
    id: t.exposeID("id"),
    status: t.expose("status", { type: RunStatusType }),
    jobName: t.exposeString("jobName"),
    locationName: t.exposeString("locationName"),
    failureReason: t.exposeString("failureReason", { nullable: true }),
    failureMessage: t.exposeString("failureMessage", { nullable: true }),
    runConfig: t.expose("runConfig", { type: "JSON", access: "config.view" }),
    tags: t.field({ type: [TagType], resolve: ({ tags }) => toTags(tags) }),
    assetSelection: t.exposeStringList("assetSelection", { nullable: true }),
    checkSelection: t.exposeStringList("checkSelection", { nullable: true }),
    stepSelection: t.exposeStringList("stepSelection", { nullable: true }),
    assetKeys: t.exposeStringList("assetKeys"),
    partitionKey: t.exposeString("partitionKey", { nullable: true }),
    partitionRange: t.expose("partitionRange", {
      type: PartitionRangeType,
      nullable: true,
      description: "Several partitions in one run. Null: `partitionKey`, or none.",
    }),
    partitionCount: t.int({
      description: "How many partitions the run works on; 0 when nothing in it is partitioned.",
      resolve: ({ partitionKey, partitionKeys }) => partitionKeys?.length ?? (partitionKey === null ? 0 : 1),
    }),
    priority: t.exposeInt("priority"),
    attempt: t.exposeInt("attempt"),
    willRetry: t.boolean({
      description:
        "The run has failed and is, or was, launched again by itself: its failure is not the last word.",
      resolve: ({ retryAt, retryRunId }) => retryAt !== null || retryRunId !== null,
    }),
    retryAt: t.expose("retryAt", {
      type: "DateTime",
      nullable: true,
      description: "When it is launched again by itself; null: it is not, or has been.",
    }),
    retryRunId: t.exposeID("retryRunId", {
      nullable: true,
      description: "The run that repeats it by itself.",
    }),
    rootRunId: t.exposeID("rootRunId", { nullable: true }),
    parentRunId: t.exposeID("parentRunId", { nullable: true }),
    origin: t.expose("origin", { type: RunOriginType, description: "Who or what asked for the run." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    startedAt: t.expose("startedAt", { type: "DateTime", nullable: true }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true }),
    waitingUntil: t.expose("waitingUntil", {
      type: "DateTime",
      nullable: true,
      description:
        "Until when all that is left of a started run waits, without a worker and without a slot; null: it does not.",
    }),
    events: t.field({
      type: RunEventConnectionType,
      description: "Events in stored order from `after` (a position) on.",
      args: {
        after: t.arg.int({ required: true, defaultValue: -1 }),
        limit: t.arg.int({ required: true, defaultValue: 1000 }),
        types: t.arg.stringList(),
        stepKey: t.arg.string(),
        levels: t.arg.stringList(),
        search: t.arg.string(),
      },
      resolve: (run, { after, limit, types, stepKey, levels, search }, { db }) =>
        listRunEvents(
          db,
          run,
          { types: types ?? null, stepKey: stepKey ?? null, levels: levels ?? null, search: search ?? null },
          after,
          readLimit(limit, MAX_EVENTS),
        ),
    }),
    worker: t.field({
      type: RunWorkerType,
      nullable: true,
      description: "Where the worker runs.",
      resolve: ({ id }, _args, context) => workerLoader(context).load(id),
    }),
  }),
});

builder.objectFields(DeploymentType, (t) => ({
  queuedRuns: t.int({
    resolve: async ({ id }, _args, { db }) => (await countUnfinishedRuns(db, id)).queued,
  }),
  activeRuns: t.int({
    resolve: async ({ id }, _args, { db }) => (await countUnfinishedRuns(db, id)).active,
  }),
  waitingRuns: t.int({
    description: "Started runs that wait without a worker and without a slot.",
    resolve: async ({ id }, _args, { db }) => (await countUnfinishedRuns(db, id)).waiting,
  }),
  unreachableRuns: t.int({
    description: "Active runs whose workers are out of reach: they keep their slots and have not failed.",
    resolve: async ({ id }, _args, { db }) => (await countUnfinishedRuns(db, id)).unreachable,
  }),
}));

const RunConnectionType = builder.objectRef<RunPage>("RunConnection").implement({
  fields: (t) => ({ nodes: t.expose("nodes", { type: [RunType] }), hasMore: t.exposeBoolean("hasMore") }),
});

export const RunsFilterType = builder.inputType("RunsFilter", {
  fields: (t) => ({
    statuses: t.field({ type: [RunStatusType] }),
    jobName: t.string(),
    assetKey: t.string(),
    partitionKey: t.string({ description: "Runs of it, or of a range that it is in." }),
    tags: t.field({ type: [TagInputType] }),
    createdAfter: t.field({ type: "DateTime" }),
    createdBefore: t.field({ type: "DateTime" }),
  }),
});

builder.queryFields((t) => ({
  runs: t.field({
    access: "run.view",
    type: RunConnectionType,
    description: "Newest first; `after` is the id of the last run of the page before.",
    args: {
      filter: t.arg({ type: RunsFilterType }),
      after: t.arg.id(),
      limit: t.arg.int({ required: true, defaultValue: 50 }),
    },
    resolve: (_root, { filter, after, limit }, { db, deploymentId }) =>
      listRuns(db, deploymentId, definedOnly(filter ?? {}), after ?? null, readLimit(limit, MAX_RUNS)),
  }),
  run: t.field({
    access: "run.view",
    type: RunType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, deploymentId }) => findRun(db, deploymentId, id),
  }),
}));

/** Without the fields that were left out: what is absent and what is undefined are different types. */
export function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
