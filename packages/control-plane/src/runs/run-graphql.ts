import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { listRunEvents, type EventPage, type StoredEvent } from "../events/event-store.ts";
import { listRunSteps } from "./steps/step-store.ts";
import type { StepSummary } from "./steps/step-summary.ts";
import { findLogPage, type LogPage } from "../logs/log-store.ts";
import { findStepLogPage } from "../logs/step-output.ts";
import { BadRequest, RunNotFound } from "./run-errors.ts";
import { findRun, listRuns, type Run, type RunWorker } from "./run-store.ts";
import { builder, readLimit, RunStatusType, TagInputType, TagType, toTags } from "../graphql/builder.ts";

const MAX_EVENTS = 10_000;
const MAX_RUNS = 1_000;
/** Every page of a log must hold a character. */
const MIN_LOG_BYTES = 4;
const MAX_LOG_BYTES = 4 * 1024 * 1024;

const LogStreamType = builder.enumType("LogStream", {
  values: { STDOUT: { value: "stdout" }, STDERR: { value: "stderr" } } as const,
});

const LogPageType = builder.objectRef<LogPage>("LogPage").implement({
  access: "log.view",
  fields: (t) => ({
    text: t.exposeString("text", { description: "The bytes read as UTF-8." }),
    fromByte: t.exposeFloat("fromByte"),
    nextByte: t.exposeFloat("nextByte"),
    size: t.exposeFloat("size", { description: "Bytes stored so far." }),
  }),
});

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

const RunStepType = builder.objectRef<StepSummary>("RunStep").implement({
  fields: (t) => ({
    key: t.exposeString("key"),
    state: t.exposeString("state", {
      description: "pending, running, success, failure, skipped, retrying, abandoned",
    }),
    upstream: t.exposeStringList("upstream"),
    startedAt: t.expose("startedAt", { type: "DateTime", nullable: true }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true }),
    attempts: t.exposeInt("attempts"),
    error: t.expose("error", { type: "JSON", nullable: true }),
  }),
});

const RunWorkerType = builder.objectRef<RunWorker>("RunWorker").implement({
  fields: (t) => ({
    agentId: t.exposeString("agentId", { nullable: true }),
    place: t.exposeString("place", {
      nullable: true,
      description: "Where it runs, for people, such as `4711@host`; null: it has not begun.",
    }),
    leaseUntil: t.expose("leaseUntil", { type: "DateTime" }),
    state: t.exposeString("state"),
  }),
});

const PartitionRangeType = builder.objectRef<PartitionKeyRange>("PartitionRange").implement({
  description: "Partitions in a row, both ends included; of several dimensions the product of their ranges.",
  fields: (t) => ({ start: t.exposeString("start"), end: t.exposeString("end") }),
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
    rootRunId: t.exposeID("rootRunId", { nullable: true }),
    parentRunId: t.exposeID("parentRunId", { nullable: true }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    queuedAt: t.expose("queuedAt", { type: "DateTime" }),
    startedAt: t.expose("startedAt", { type: "DateTime", nullable: true }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true }),
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
    steps: t.field({
      type: [RunStepType],
      description: "One row a step: what the waterfall draws.",
      resolve: (run, _args, { db }) => listRunSteps(db, run),
    }),
    logs: t.field({
      type: LogPageType,
      description:
        "What the worker wrote, or with `stepKey` only what that step did; go on from `nextByte` until it is `size`.",
      args: {
        stream: t.arg({ type: LogStreamType, required: true }),
        stepKey: t.arg.string(),
        attempt: t.arg.int({ description: "1 is the first worker's. Default: the newest attempt." }),
        fromByte: t.arg.float({ required: true, defaultValue: 0 }),
        maxBytes: t.arg.int({ required: true, defaultValue: 262_144 }),
      },
      resolve: (run, { stream, stepKey, attempt, fromByte, maxBytes }, { db }) => {
        const page = {
          runId: run.id,
          attempt: readAttempt(run, attempt ?? run.attempt),
          stream,
          fromByte: readOffset(fromByte),
          maxBytes: Math.min(MAX_LOG_BYTES, Math.max(MIN_LOG_BYTES, maxBytes)),
        };
        return stepKey == null ? findLogPage(db, page) : findStepLogPage(db, { ...page, stepKey });
      },
    }),
    worker: t.field({
      type: RunWorkerType,
      nullable: true,
      description: "Where the worker runs.",
      resolve: ({ id }, _args, { workers }) => workers.load(id),
    }),
  }),
});

const RunConnectionType = builder
  .objectRef<{ readonly nodes: readonly Run[]; readonly hasMore: boolean }>("RunConnection")
  .implement({
    fields: (t) => ({ nodes: t.expose("nodes", { type: [RunType] }), hasMore: t.exposeBoolean("hasMore") }),
  });

const RunsFilterType = builder.inputType("RunsFilter", {
  fields: (t) => ({
    statuses: t.field({ type: [RunStatusType] }),
    jobName: t.string(),
    assetKey: t.string(),
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

/** @throws RunNotFound when the run has no such attempt. */
function readAttempt(run: Run, attempt: number): number {
  // A run that waits for its first attempt has written nothing yet.
  if (attempt === run.attempt || (attempt >= 1 && attempt < run.attempt)) return attempt;
  throw new RunNotFound(run.id, attempt);
}

function readOffset(fromByte: number): number {
  if (Number.isSafeInteger(fromByte) && fromByte >= 0) return fromByte;
  throw new BadRequest(`\`fromByte\` must be a whole number, 0 or more, not ${fromByte}`);
}

/** Without the fields that were left out: what is absent and what is undefined are different types. */
function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
