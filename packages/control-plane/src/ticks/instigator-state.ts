import DataLoader from "dataloader";
import { sql } from "kysely";
import { findNextTick } from "@millrace/model/ticks/due-ticks";
import type { Db } from "../database/connect.ts";
import { defineLoader, inOrder } from "../graphql/request-loader.ts";
import type { InstigatorKind } from "./instigator-rule.ts";
import { findLatestTicks, type Tick } from "./list-ticks.ts";
import type { InstigatorRule } from "./instigator-rule.ts";

/** Dagster's words for whether a schedule or sensor ticks. */
export const INSTIGATOR_STATUSES = ["RUNNING", "STOPPED"] as const;
export type InstigatorStatus = (typeof INSTIGATOR_STATUSES)[number];

/** What is known of a schedule or sensor beside its definition. */
export interface InstigatorState {
  readonly id: string;
  readonly rule: InstigatorRule | null;
  readonly problem: string | null;
  readonly switched: "running" | "stopped" | null;
  readonly runningSince: Date | null;
  readonly nextDue: Date | null;
  readonly failures: number;
  readonly cursor: string | null;
  readonly eventCursor: string | null;
}

/** The name of a schedule or sensor in a deployment. */
export function instigatorKey(locationName: string, kind: InstigatorKind, name: string): string {
  return JSON.stringify([locationName, kind, name]);
}

/** States by `instigatorKey`; null: what defines it was served a moment ago. */
export const instigatorStateLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, InstigatorState | null>(async (keys) =>
      inOrder(keys, await listStates(db, deploymentId), null),
    ),
);

/** The newest tick of each, by the ids of their states. */
export const latestTickLoader = defineLoader(
  ({ db }) =>
    new DataLoader<string, Tick | null>(async (ids) => inOrder(ids, await findLatestTicks(db, ids), null)),
);

/** When it is going to tick; of a sensor only the next time is known, and only while it is not evaluated. */
export function listNextTicks({ rule, nextDue }: InstigatorState, limit: number): Date[] {
  if (nextDue === null || rule === null) return [];
  const ticks = [nextDue];
  while (rule.kind === "schedule" && ticks.length < limit) {
    const next = findNextTick(rule, ticks.at(-1)?.getTime() ?? 0);
    if (next === null) break;
    ticks.push(new Date(next));
  }
  return ticks;
}

async function listStates(db: Db, deploymentId: string): Promise<Map<string, InstigatorState>> {
  const { rows } = await sql<InstigatorState & { locationName: string; kind: InstigatorKind; name: string }>`
    select id, location_name as "locationName", kind, name, rule, problem, switched, running_since as "runningSince",
      next_due as "nextDue", failures, cursor, event_cursor as "eventCursor"
    from instigator where deployment_id = ${deploymentId} and rule is not null`.execute(db);
  return new Map(rows.map((row) => [instigatorKey(row.locationName, row.kind, row.name), row]));
}
