import type { PartitionsRequest, TickAnswer, TickResult } from "@millrace/model/runs/work-item";
import { backoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import { storeReportedEvents } from "../assets/report/report-asset-events.ts";
import type { Trx } from "../database/connect.ts";
import { inSavepoint } from "../database/in-savepoint.ts";
import {
  addDynamicPartitions,
  deleteDynamicPartitions,
  holdDynamicPartitions,
} from "../partitions/dynamic-partition-store.ts";
import type { LaunchContext } from "../runs/launch/launch-runs.ts";
import { launchRequested, type LaunchedRuns } from "./launch-requested.ts";
import { orTickRefused, toErrorInfo } from "./tick-refused.ts";
import { storeTickEnd, type HeldTick, type TickOutcome } from "./tick-store.ts";

/** Pauses of a sensor after evaluations that failed, if its own interval is not longer: 5 s, 10 s … 5 min. */
const AFTER_FAILURES: Backoff = { firstMs: 5_000, longestMs: 300_000 };

/**
 * Stores what the evaluation of a tick has answered, and does what it asks for: partitions first, then what it reports of assets, then
 * runs. When anything of it can't be done, nothing is, and the cursor stays where it was. What code had handed over before it failed
 * counts. A cursor that somebody has set by hand meanwhile stays.
 *
 * @param told the cursor that its code was told.
 */
export async function settleTick(
  trx: Trx,
  tick: HeldTick,
  result: TickAnswer,
  told: string | null,
  context: LaunchContext,
): Promise<void> {
  let launched: LaunchedRuns = { runIds: [], known: 0 };
  const carryOut = async (): Promise<void> => {
    const { deploymentId, kind, name } = tick;
    const deleted = result.partitionsRequests.filter(({ action }) => action === "delete");
    await holdDynamicPartitions(trx, deploymentId, deleted);
    for (const request of result.partitionsRequests)
      await orTickRefused(
        `Its request to ${request.action} keys of dynamic partitions "${request.name}"`,
        () => changePartitions(trx, deploymentId, request),
      );
    await orTickRefused("What it reports of assets", () =>
      storeReportedEvents(trx, { deploymentId, name: `${kind} ${name}` }, result.assetEvents),
    );
    launched = await launchRequested(trx, tick, result.runRequests, context);
  };
  const asksForNothing =
    result.partitionsRequests.length + result.assetEvents.length + result.runRequests.length === 0;
  const refusal = asksForNothing ? null : await inSavepoint(trx, carryOut);
  const outcome = refusal === null ? concludeTick(result, launched) : failed(toErrorInfo(refusal));
  await storeTickEnd(trx, tick, outcome, result.logs, {
    nextDue: findNextEvaluation(tick, outcome),
    cursor: refusal === null && result.cursor !== null ? { from: told, to: result.cursor } : undefined,
    eventCursor: outcome.status === "FAILURE" ? undefined : (tick.eventCursor ?? undefined),
  });
}

/** Stores that a tick was not evaluated, and why. */
export async function failTick(trx: Trx, tick: HeldTick, error: unknown): Promise<void> {
  const outcome = failed(error);
  const nextDue = findNextEvaluation(tick, outcome);
  await storeTickEnd(trx, tick, outcome, [], { nextDue, cursor: undefined, eventCursor: undefined });
}

/** How a tick ended whose answer was carried out. */
function concludeTick(
  { error, skipReason, partitionsRequests, assetEvents }: TickResult,
  { runIds, known }: LaunchedRuns,
): TickOutcome {
  if (error !== null) return { ...failed(error), runIds };
  const hasDone = runIds.length + partitionsRequests.length + assetEvents.length > 0;
  if (hasDone) return { status: "SUCCESS", skipReason: null, error: null, runIds };
  const ofKeys =
    known === 0 ? null : `All ${known} runs that it asks for were launched before, with the same run keys`;
  return {
    status: "SKIPPED",
    skipReason: ofKeys ?? skipReason ?? "It asked for nothing",
    error: null,
    runIds,
  };
}

function failed(error: unknown): TickOutcome {
  return { status: "FAILURE", skipReason: null, error, runIds: [] };
}

/** When a sensor is due again that failed: later, the more often it has. Null: as was decided with the tick. */
function findNextEvaluation(
  { rule, startedAt, now, failures }: HeldTick,
  { status }: TickOutcome,
): number | null {
  if (rule?.kind !== "sensor" || status !== "FAILURE") return null;
  const next = startedAt + rule.intervalSeconds * 1_000;
  return Math.max(next, now + backoffMs(AFTER_FAILURES, failures + 1));
}

async function changePartitions(
  trx: Trx,
  deploymentId: string,
  { action, name, keys }: PartitionsRequest,
): Promise<void> {
  const change = action === "add" ? addDynamicPartitions : deleteDynamicPartitions;
  await change(trx, deploymentId, name, keys);
}
