import type { ExpectedError } from "@millrace/model/expected-error";
import type { RunRequest } from "@millrace/model/runs/work-item";
import type { Trx } from "../database/connect.ts";
import { inSavepoint } from "../database/in-savepoint.ts";
import {
  launchRuns,
  type LaunchContext,
  type LaunchOutcome,
  type LaunchRequest,
} from "../runs/launch/launch-runs.ts";
import type { InstigatorKind } from "./instigator-rule.ts";
import { launchKeyOf } from "./launched-run-keys.ts";
import { TickRefused } from "./tick-refused.ts";

/** Who asks for runs, and at which of its ticks. */
export interface LaunchingTick {
  readonly id: string;
  readonly deploymentId: string;
  readonly locationName: string;
  readonly kind: InstigatorKind;
  readonly name: string;
  /** The name that its run keys go by. */
  readonly keyName: string;
  /** Of a schedule, in milliseconds since the epoch. */
  readonly scheduledAt: number;
}

/** What became of the requests of a tick. */
export interface LaunchedRuns {
  readonly runIds: readonly string[];
  /** How many had a run key with which a run was launched before. */
  readonly known: number;
}

/** The wish for a run that a tick asks for. Who asks twice, as after a clock was set back, gets the same run. */
export function toLaunchRequest(tick: LaunchingTick, request: RunRequest, index: number): LaunchRequest {
  const { locationName, kind, name, scheduledAt } = tick;
  const { runKey, jobName, assetSelection, partitionKey, runConfig, tags } = request;
  const ownTags = {
    [`millrace/${kind}_name`]: name,
    ...(kind === "schedule" ? { "millrace/scheduled_at": new Date(scheduledAt).toISOString() } : {}),
    ...(runKey === null ? {} : { "millrace/run_key": runKey }),
  };
  return {
    target: {
      locationName,
      jobName,
      assetSelection,
      partitionKey,
      runConfig,
      tags: { ...tags, ...ownTags },
      checkSelection: null,
      stepSelection: null,
      partitionRange: null,
    },
    origin: { kind, name },
    key: runKey === null ? JSON.stringify(["tick", tick.id, index]) : launchKeyOf(tick, runKey),
    lineage: null,
  };
}

/** Of a tick that asks for none. */
export const NOTHING_LAUNCHED: LaunchedRuns = { runIds: [], known: 0 };

/**
 * Launches all runs that a tick asks for, each run key once and for all.
 *
 * @throws TickRefused when there can't be one of them; the transaction, or its savepoint, must be undone then.
 */
export async function launchRequested(
  trx: Trx,
  tick: LaunchingTick,
  runRequests: readonly RunRequest[],
  context: LaunchContext,
): Promise<LaunchedRuns> {
  if (runRequests.length === 0) return NOTHING_LAUNCHED;
  const requests = runRequests.map((request, index) => toLaunchRequest(tick, request, index));
  return collect(await launchRuns(trx, tick.deploymentId, requests, context));
}

/** A tick and the runs that it asks for. */
export interface RequestingTick {
  readonly tick: LaunchingTick;
  readonly runRequests: readonly RunRequest[];
}

/**
 * Launches all runs that several ticks of a deployment ask for, of each tick all or none.
 *
 * @returns by the ids of the ticks what became of their requests, or why there can't be one of them.
 */
export async function launchAllRequested(
  trx: Trx,
  ticks: readonly RequestingTick[],
  context: LaunchContext,
): Promise<Map<string, LaunchedRuns | ExpectedError>> {
  const launched = new Map<string, LaunchedRuns | ExpectedError>();
  const [first, ...others] = ticks;
  if (first === undefined) return launched;
  const requests = ticks.flatMap(({ tick, runRequests }) =>
    runRequests.map((request, index) => toLaunchRequest(tick, request, index)),
  );
  const refusal = await inSavepoint(trx, async () => {
    const outcomes = await launchRuns(trx, first.tick.deploymentId, requests, context);
    let next = 0;
    for (const { tick, runRequests } of ticks)
      launched.set(tick.id, collect(outcomes.slice(next, (next += runRequests.length))));
  });
  if (refusal === null) return launched;
  if (others.length === 0) return launched.set(first.tick.id, refusal);
  // One of them can't be launched, and its others may be: each half by itself, down to the tick that it is.
  const middle = Math.ceil(ticks.length / 2);
  const halves = [ticks.slice(0, middle), ticks.slice(middle)];
  launched.clear();
  for (const half of halves)
    for (const [id, outcome] of await launchAllRequested(trx, half, context)) launched.set(id, outcome);
  return launched;
}

/** What became of all requests of one tick. @throws TickRefused */
function collect(outcomes: readonly LaunchOutcome[]): LaunchedRuns {
  const runIds = new Set<string>();
  let known = 0;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === "refused") throw refuse(outcome.error, index, outcomes.length);
    if (outcome.isNew) runIds.add(outcome.run.id);
    else known++;
  }
  return { runIds: [...runIds], known };
}

function refuse(error: ExpectedError, index: number, count: number): TickRefused {
  const which =
    count === 1 ? "The run that it asks for" : `Run ${index + 1} of the ${count} that it asks for`;
  return new TickRefused(`${which} can't be launched, so nothing of this tick counts: ${error.message}`, {
    cause: error,
  });
}
