import { sql } from "kysely";
import { decideDueTicks, type DueTicks } from "@millrace/model/ticks/due-ticks";
import type { RunRequest } from "@millrace/model/runs/work-item";
import type { Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import type { ServerContext } from "../context/server-context.ts";
import { launchRuns, type LaunchContext } from "../runs/launch/launch-runs.ts";
import { enqueueWorkItems } from "../work/enqueue-work.ts";
import type { ScheduleRule } from "../ticks/instigator-rule.ts";
import { toLaunchRequest } from "../ticks/launch-requested.ts";
import { toErrorInfo } from "../ticks/tick-refused.ts";
import { storeBegunTicks, type BegunTick, type TickOutcome } from "../ticks/tick-store.ts";
import { createTickToken } from "../ticks/tick-token.ts";

/** Schedules that one transaction takes care of. */
const BATCH = 500;
/** A tick waits for an agent as long as this: late is better than never … */
const WITHIN_SECONDS = 86_400;
/** … unless its schedule says that it is not. */
const IN_TIME_SECONDS = 60;

/** A schedule that is due. Instants are milliseconds since the epoch. */
interface DueSchedule {
  readonly id: string;
  readonly name: string;
  readonly keyName: string;
  readonly locationName: string;
  readonly queue: string;
  readonly rule: ScheduleRule;
  readonly decidedUpTo: number;
  readonly lastTickAt: number | null;
  readonly now: number;
}

/** What was decided about one. */
interface Decision extends DueTicks {
  readonly schedule: DueSchedule;
  readonly tickId: string;
}

/**
 * Decides about the ticks of schedules that are due: agents are asked to evaluate those that have code, the runs of the others are
 * launched here. All of it is in one transaction with the note that it is decided, so no tick is lost or done twice, in however many
 * replicas this runs.
 *
 * @returns whether there may be more.
 */
export async function beginScheduleTicks(
  context: Pick<ServerContext, "db" | "ids">,
  deploymentId: string,
): Promise<boolean> {
  return inTransaction(context.db, async (trx) => {
    const due = await holdDueSchedules(trx, deploymentId);
    const decisions = due.map((schedule): Decision => {
      const decision = decideDueTicks(schedule.rule, schedule.decidedUpTo, schedule.now);
      return { ...decision, schedule, tickId: context.ids.newId() };
    });
    const outcomes = await launchPlainTicks(trx, deploymentId, decisions, context);
    const begun = decisions.map(({ schedule, tickId, tick, missed, decidedUpTo, nextDue }): BegunTick => ({
      instigatorId: schedule.id,
      tick: tick === null ? null : { id: tickId, scheduledAt: tick, eventCursor: null },
      outcome: outcomes.get(tickId) ?? null,
      missed: missed === null ? null : { ...missed, id: context.ids.newId() },
      decidedUpTo,
      nextDue,
    }));
    const isNew = await storeBegunTicks(trx, deploymentId, begun);
    const asked = decisions.filter(({ tickId }) => isNew.has(tickId) && !outcomes.has(tickId));
    await enqueueWorkItems(
      trx,
      deploymentId,
      asked.map((decision) => ({ ...toWork(decision), deploymentId, token: createTickToken(context.ids) })),
    );
    // What was launched here and now is free again, and may have ticks to make up for.
    const isDueAgain = ({ schedule, tickId, nextDue }: Decision): boolean =>
      outcomes.has(tickId) && nextDue !== null && nextDue <= schedule.now;
    return due.length === BATCH || decisions.some(isDueAgain);
  });
}

async function holdDueSchedules(trx: Trx, deploymentId: string): Promise<DueSchedule[]> {
  const { rows } = await sql<DueSchedule>`
    select i.id, i.name, i.key_name as "keyName", i.location_name as "locationName", l.queue, i.rule,
      extract(epoch from i.decided_up_to)::float8 * 1000 as "decidedUpTo", extract(epoch from i.last_tick_at)::float8 * 1000 as "lastTickAt",
      extract(epoch from now())::float8 * 1000 as now
    from instigator i join code_location l on l.deployment_id = i.deployment_id and l.name = i.location_name and l.removed_at is null
    where i.deployment_id = ${deploymentId} and i.kind = 'schedule' and i.next_due <= now() and i.tick_in_flight is null
    order by i.next_due limit ${BATCH} for no key update of i skip locked`.execute(trx);
  return rows;
}

/** Launches what schedules without code launch at each tick; what became of these ticks, by their ids. */
async function launchPlainTicks(
  trx: Trx,
  deploymentId: string,
  decisions: readonly Decision[],
  context: LaunchContext,
): Promise<ReadonlyMap<string, TickOutcome>> {
  const plain = decisions.flatMap(({ schedule, tick }) => {
    const { launches } = schedule.rule;
    return launches === null || tick === null ? [] : [{ schedule, tick, launches }];
  });
  if (plain.length === 0) return new Map();
  const requests = plain.map(({ schedule, tick, launches }) => {
    const { id, keyName, locationName, name } = schedule;
    // One tick of a schedule is one run, whoever decides about it and whenever.
    const launching = {
      id: `${id} ${tick}`,
      deploymentId,
      kind: "schedule",
      keyName,
      locationName,
      name,
    } as const;
    return toLaunchRequest({ ...launching, scheduledAt: tick }, { ...PLAIN_REQUEST, ...launches }, 0);
  });
  const outcomes = await launchRuns(trx, deploymentId, requests, context);
  const ticks = decisions.filter(({ schedule, tick }) => schedule.rule.launches !== null && tick !== null);
  return new Map(
    ticks.map(({ tickId }, index): [string, TickOutcome] => {
      const outcome = outcomes[index];
      if (outcome?.kind === "launched")
        return [tickId, { status: "SUCCESS", skipReason: null, error: null, runIds: [outcome.run.id] }];
      const error = outcome === undefined ? null : toErrorInfo(outcome.error);
      return [tickId, { status: "FAILURE", skipReason: null, error, runIds: [] }];
    }),
  );
}

const PLAIN_REQUEST: Omit<RunRequest, "jobName" | "tags"> = {
  runKey: null,
  assetSelection: null,
  partitionKey: null,
  runConfig: {},
};

function toWork({ schedule, tickId, tick }: Decision) {
  const { locationName, name, queue, rule, lastTickAt } = schedule;
  const work = {
    kind: "evaluate_schedule",
    locationName,
    scheduleName: name,
    scheduledAt: new Date(tick ?? 0).toISOString(),
    lastTickAt: lastTickAt === null ? null : new Date(lastTickAt).toISOString(),
  } as const;
  const withinSeconds = rule.catchup === "skip" ? IN_TIME_SECONDS : WITHIN_SECONDS;
  return { id: tickId, queue, key: `tick:${tickId}`, work, withinSeconds };
}
