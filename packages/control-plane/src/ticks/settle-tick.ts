import { ExpectedError } from "@millrace/model/expected-error";
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
import {
  launchAllRequested,
  launchRequested,
  NOTHING_LAUNCHED,
  type LaunchedRuns,
} from "./launch-requested.ts";
import { orTickRefused, toErrorInfo } from "./tick-refused.ts";
import { storeTickEnds, type HeldTick, type TickEnd, type TickOutcome } from "./tick-store.ts";

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
  let launched = NOTHING_LAUNCHED;
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
    const { runRequests } = result;
    launched = (await launchRequested(trx, [{ tick, runRequests }], context)).get(tick.id) ?? launched;
  };
  const asksForNothing =
    result.partitionsRequests.length + result.assetEvents.length + result.runRequests.length === 0;
  const refusal = asksForNothing ? null : await inSavepoint(trx, carryOut);
  await storeTickEnds(trx, [endTick({ tick, result, told }, refusal ?? launched)]);
}

/** What a tick has answered. */
export interface AnsweredTick {
  readonly tick: HeldTick;
  readonly result: TickAnswer;
  /** The cursor that its code was told. */
  readonly told: string | null;
}

/** Whether what a tick asks for may be done together with what others ask for. */
export function isSettledTogether({ partitionsRequests, assetEvents }: TickAnswer): boolean {
  return partitionsRequests.length + assetEvents.length === 0;
}

/** Does for many ticks at once what `settleTick` does for one; only for those that `isSettledTogether`. */
export async function settleTicks(
  trx: Trx,
  answered: readonly AnsweredTick[],
  context: LaunchContext,
): Promise<void> {
  const launching = answered.filter(({ result }) => result.runRequests.length > 0);
  const launched = await launchAllRequested(
    trx,
    launching.map(({ tick, result }) => ({ tick, runRequests: result.runRequests })),
    context,
  );
  await storeTickEnds(
    trx,
    answered.map((one) => endTick(one, launched.get(one.tick.id) ?? NOTHING_LAUNCHED)),
  );
}

/** @param launched the error with which what it asks for was refused, if it was. */
function endTick({ tick, result, told }: AnsweredTick, launched: LaunchedRuns | ExpectedError): TickEnd {
  const isRefused = launched instanceof ExpectedError;
  const outcome = isRefused ? failed(toErrorInfo(launched)) : concludeTick(result, launched);
  return {
    tick,
    outcome,
    logs: result.logs,
    nextDue: findNextEvaluation(tick, outcome),
    cursor: !isRefused && result.cursor !== null ? { from: told, to: result.cursor } : undefined,
    eventCursor: outcome.status === "FAILURE" ? undefined : (tick.eventCursor ?? undefined),
  };
}

/** Stores that a tick was not evaluated, and why. */
export async function failTick(trx: Trx, tick: HeldTick, error: unknown): Promise<void> {
  const outcome = failed(error);
  const nextDue = findNextEvaluation(tick, outcome);
  await storeTickEnds(trx, [{ tick, outcome, logs: [], nextDue, cursor: undefined, eventCursor: undefined }]);
}

/** How a tick ended whose answer was carried out. */
function concludeTick(
  { error, skipReason, partitionsRequests, assetEvents, runRequests }: TickResult,
  { runIds, known }: LaunchedRuns,
): TickOutcome {
  if (error !== null) return { ...failed(error), runIds };
  const ofKeys = known.length === 0 ? null : describeKnown(known, runRequests.length);
  const hasDone = runIds.length + partitionsRequests.length + assetEvents.length > 0;
  if (hasDone) return { status: "SUCCESS", skipReason: ofKeys, error: null, runIds };
  return {
    status: "SKIPPED",
    skipReason: ofKeys ?? skipReason ?? "It asked for nothing",
    error: null,
    runIds,
  };
}

/** Why requests of a tick launched nothing: their run keys had, before. */
function describeKnown(known: readonly string[], asked: number): string {
  const [first = ""] = known;
  const many = known.length === asked ? `All ${asked}` : `${known.length} of ${asked}`;
  if (asked === 1) return `The run that it asks for was launched before, with the same run key: ${first}`;
  const verb = known.length === 1 ? "was" : "were";
  return `${many} runs that it asks for ${verb} launched before, with the same run keys, such as ${first}`;
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
