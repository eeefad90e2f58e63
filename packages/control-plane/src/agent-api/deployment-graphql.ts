import { RUN_STATUSES } from "@millrace/model/run-status";
import type { SeenRun } from "@millrace/model/seen-run";
import { BadRequest } from "../api/bad-request.ts";
import { listAssetPartitionKeys } from "../assets/partition-sets/list-partition-keys.ts";
import { PARTITION_STATES } from "../assets/partition-sets/partition-state.ts";
import type { PartitionKeyPage } from "../assets/partition-sets/list-partitions.ts";
import { listSeenRuns } from "../runs/list-seen-runs.ts";
import { findLaunchedRunKeys } from "../ticks/launched-run-keys.ts";
import { builder } from "./agent-api-builder.ts";
import { requireTick } from "./agent-api-context.ts";

/** Keys that one question may name, or one answer hold. */
const MAX_KEYS = 10_000;

const RunStatusType = builder.enumType("RunStatus", { values: RUN_STATUSES });

const SeenRunType = builder.objectRef<SeenRun>("SeenRun").implement({
  description: "A run, and how it goes. Instants are ISO-8601.",
  fields: (t) => ({
    runId: t.exposeID("runId"),
    locationName: t.exposeString("locationName"),
    jobName: t.exposeString("jobName"),
    status: t.expose("status", { type: RunStatusType }),
    partitionKey: t.exposeString("partitionKey", { nullable: true }),
    tags: t.field({ type: "JSON", resolve: ({ tags }) => tags }),
    createdAt: t.exposeString("createdAt"),
    startedAt: t.exposeString("startedAt", { nullable: true }),
    endedAt: t.exposeString("endedAt", { nullable: true }),
    failedSteps: t.stringList({ resolve: ({ failedSteps }) => [...failedSteps] }),
    error: t.field({ type: "JSON", nullable: true, resolve: ({ error }) => error }),
    willRetry: t.exposeBoolean("willRetry", {
      description: "Its failure is not the last word: it is launched again by itself.",
    }),
    url: t.exposeString("url", { description: "Its address on the page." }),
  }),
});

const TagInput = builder.inputType("TagInput", { fields: (t) => ({ key: t.string(), value: t.string() }) });

const SeenRunFilter = builder.inputType("SeenRunFilter", {
  fields: (t) => ({
    runId: t.id({ required: false }),
    jobName: t.string({ required: false }),
    statuses: t.field({ type: [RunStatusType], required: false }),
    assetKey: t.string({ required: false }),
    partitionKey: t.string({ required: false, description: "Runs of it, or of a range that it is in." }),
    tags: t.field({ type: [TagInput] }),
    createdAfter: t.string({ required: false, description: "ISO-8601 instant." }),
    limit: t.int(),
  }),
});

const PartitionStateType = builder.enumType("PartitionState", { values: PARTITION_STATES });

const AssetPartitionKeysType = builder.objectRef<PartitionKeyPage>("AssetPartitionKeys").implement({
  fields: (t) => ({
    keys: t.stringList({ resolve: ({ keys }) => [...keys] }),
    cursor: t.exposeString("cursor", {
      nullable: true,
      description: "Give it as `after` for the next ones. Null: there are no more.",
    }),
  }),
});

builder.queryFields((t) => ({
  runs: t.field({
    access: "reader",
    type: [SeenRunType],
    description: "With the token of a run or a tick: runs of its deployment, newest first.",
    args: { filter: t.arg({ type: SeenRunFilter }) },
    resolve: (_root, { filter }, { db, caller, pageUrl }) =>
      listSeenRuns(
        db,
        caller.deploymentId,
        {
          runId: filter.runId ?? null,
          jobName: filter.jobName ?? null,
          statuses: filter.statuses ?? null,
          assetKey: filter.assetKey ?? null,
          partitionKey: filter.partitionKey ?? null,
          tags: Object.fromEntries(filter.tags.map(({ key, value }) => [key, value])),
          createdAfter: readInstant(filter.createdAfter ?? null),
          limit: filter.limit,
        },
        pageUrl(),
      ),
  }),
  assetPartitions: t.field({
    access: "reader",
    type: AssetPartitionKeysType,
    description: "With the token of a run or a tick: partitions of an asset in a state, newest first.",
    args: {
      assetKey: t.arg.string(),
      state: t.arg({ type: PartitionStateType }),
      after: t.arg.string({ required: false }),
    },
    resolve: (_root, { assetKey, state, after }, { db, caller, clock }) =>
      listAssetPartitionKeys(
        db,
        caller.deploymentId,
        assetKey,
        state,
        { after: after ?? null, limit: MAX_KEYS },
        clock.now(),
      ),
  }),
  launchedRunKeys: t.stringList({
    access: "tick",
    description: "With the token of a tick: those of some run keys with which it has launched a run before.",
    args: { keys: t.arg.stringList() },
    resolve: (_root, { keys }, context) => {
      if (keys.length > MAX_KEYS)
        throw new BadRequest(`At most ${MAX_KEYS} keys can be asked for at once, not ${keys.length}`);
      return findLaunchedRunKeys(context.db, requireTick(context).tick, keys);
    },
  }),
}));

function readInstant(text: string | null): string | null {
  if (text !== null && Number.isNaN(Date.parse(text)))
    throw new BadRequest("`createdAfter` must be an ISO-8601 instant");
  return text;
}
