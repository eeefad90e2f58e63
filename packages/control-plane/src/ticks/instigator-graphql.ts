import type { TickLogLine } from "@millrace/model/runs/work-item";
import { builder, readLimit, readUuid } from "../graphql/builder.ts";
import {
  INSTIGATOR_STATUSES,
  latestTickLoader,
  listNextTicks,
  type InstigatorState,
  type InstigatorStatus,
} from "./instigator-state.ts";
import { listTicks, type Tick, type TickPage } from "./list-ticks.ts";
import { TICK_STATUSES } from "./tick-store.ts";

/** Next ticks and earlier ones that one request lists. */
const MAX_NEXT = 100;
const MAX_TICKS = 1_000;

const TickStatusType = builder.enumType("TickStatus", { values: TICK_STATUSES });
const InstigatorStatusType = builder.enumType("InstigatorStatus", { values: INSTIGATOR_STATUSES });

const TickLogLineType = builder.objectRef<TickLogLine>("TickLogLine").implement({
  fields: (t) => ({
    timestamp: t.field({ type: "DateTime", resolve: ({ timestamp }) => new Date(timestamp) }),
    level: t.exposeString("level", { description: "DEBUG, INFO, WARNING, ERROR or CRITICAL." }),
    message: t.exposeString("message"),
  }),
});

const TickType = builder.objectRef<Tick>("Tick").implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    scheduledAt: t.expose("scheduledAt", {
      type: "DateTime",
      description: "Of a schedule the time that it stands for, of a sensor when it was due.",
    }),
    status: t.expose("status", { type: TickStatusType }),
    isWaiting: t.exposeBoolean("isWaiting", {
      description: "It was asked for, and no agent has taken it yet.",
    }),
    skipReason: t.exposeString("skipReason", { nullable: true }),
    error: t.expose("error", { type: "JSON", nullable: true, description: "An ErrorInfo." }),
    runIds: t.exposeStringList("runIds", { description: "Runs that it launched." }),
    startedAt: t.expose("startedAt", { type: "DateTime" }),
    finishedAt: t.expose("finishedAt", { type: "DateTime", nullable: true }),
    latenessMs: t.float({
      nullable: true,
      description:
        "Milliseconds from the time that it was due to the end of its evaluation; null: it is not over.",
      resolve: ({ scheduledAt, finishedAt }) =>
        finishedAt === null ? null : finishedAt.getTime() - scheduledAt.getTime(),
    }),
    logs: t.expose("logs", { type: [TickLogLineType], description: "What its code has logged." }),
  }),
});

const TickPageType = builder.objectRef<TickPage>("TickPage").implement({
  fields: (t) => ({
    nodes: t.expose("nodes", { type: [TickType] }),
    hasMore: t.exposeBoolean("hasMore"),
  }),
});

/** What is known of a schedule or sensor; before anything is, its definition alone says whether it ticks. */
export interface ShownInstigator {
  readonly state: InstigatorState | null;
  readonly runningByDefault: boolean;
}

export const InstigatorStateType = builder.objectRef<ShownInstigator>("InstigatorState").implement({
  access: "definition.view",
  fields: (t) => ({
    status: t.field({
      type: InstigatorStatusType,
      resolve: ({ state, runningByDefault }): InstigatorStatus => {
        if (state === null) return runningByDefault ? "RUNNING" : "STOPPED";
        return state.runningSince === null ? "STOPPED" : "RUNNING";
      },
    }),
    switchedTo: t.field({
      type: InstigatorStatusType,
      nullable: true,
      description: "What somebody has switched it to; null: it does as its definition says.",
      resolve: ({ state }): InstigatorStatus | null =>
        INSTIGATOR_STATUSES.find((status) => status.toLowerCase() === state?.switched) ?? null,
    }),
    problem: t.string({
      nullable: true,
      description: "Why it can't tick as it is defined.",
      resolve: ({ state }) => state?.problem ?? null,
    }),
    runningSince: t.field({
      type: "DateTime",
      nullable: true,
      resolve: ({ state }) => state?.runningSince ?? null,
    }),
    nextTicks: t.field({
      type: ["DateTime"],
      description: "When it ticks next; of a sensor only the next time is known.",
      args: { limit: t.arg.int({ defaultValue: 5 }) },
      resolve: ({ state }, { limit }) =>
        state === null ? [] : listNextTicks(state, readLimit(limit ?? 5, MAX_NEXT)),
    }),
    failures: t.int({
      description: "Evaluations that failed since the last one that did not.",
      resolve: ({ state }) => state?.failures ?? 0,
    }),
    cursor: t.string({ nullable: true, resolve: ({ state }) => state?.cursor ?? null }),
    eventCursor: t.string({
      nullable: true,
      description: "How far a sensor on assets or runs has seen.",
      resolve: ({ state }) => state?.eventCursor ?? null,
    }),
    latestTick: t.field({
      type: TickType,
      nullable: true,
      resolve: ({ state }, _args, context) =>
        state === null ? null : latestTickLoader(context).load(state.id),
    }),
    ticks: t.field({
      type: TickPageType,
      description: "Newest first. `after` is the id of the last tick of the page before.",
      args: {
        limit: t.arg.int({ defaultValue: 25 }),
        after: t.arg.id(),
        statuses: t.arg({ type: [TickStatusType] }),
      },
      resolve: ({ state }, { limit, after, statuses }, { db }) =>
        state === null
          ? { nodes: [], hasMore: false }
          : listTicks(db, state.id, {
              limit: readLimit(limit ?? 25, MAX_TICKS),
              after: after == null ? null : readUuid("after", after),
              statuses: statuses ?? null,
            }),
    }),
  }),
});
