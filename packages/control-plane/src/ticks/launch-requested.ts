import type { ExpectedError } from "@millrace/model/expected-error";
import type { RunRequest } from "@millrace/model/runs/work-item";
import type { Trx } from "../database/connect.ts";
import { launchRuns, type LaunchContext, type LaunchRequest } from "../runs/launch/launch-runs.ts";
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
  if (runRequests.length === 0) return { runIds: [], known: 0 };
  const requests = runRequests.map((request, index) => toLaunchRequest(tick, request, index));
  const outcomes = await launchRuns(trx, tick.deploymentId, requests, context);
  const runIds = new Set<string>();
  let known = 0;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === "refused") throw refuse(outcome.error, index, runRequests.length);
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
