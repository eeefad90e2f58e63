import type { ExpectedError } from "@millrace/model/expected-error";
import type { RunRequest } from "@millrace/model/runs/work-item";
import type { Trx } from "../database/connect.ts";
import { inSavepoint } from "../database/in-savepoint.ts";
import { launchRuns, type LaunchContext, type LaunchRequest } from "../runs/launch/launch-runs.ts";
import type { InstigatorKind } from "./instigator-rule.ts";
import { runIdOfKey } from "../runs/run-id.ts";
import { keepRunKeys, launchKeyOf } from "./launched-run-keys.ts";
import { TickRefused } from "./tick-refused.ts";
import type { HeldTick } from "./tick-store.ts";

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
  /** The runs that were launched before with run keys of its other requests. They may have been deleted since. */
  readonly known: readonly string[];
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
export const NOTHING_LAUNCHED: LaunchedRuns = { runIds: [], known: [] };

/** A tick and the runs that it asks for. */
export interface RequestingTick {
  readonly tick: LaunchingTick & Pick<HeldTick, "instigatorId">;
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
  const [first, ...others] = ticks;
  if (first === undefined) return new Map();
  let launched = new Map<string, LaunchedRuns | ExpectedError>();
  const refusal = await inSavepoint(trx, async () => {
    launched = await launchRequested(trx, ticks, context);
  });
  if (refusal === null) return launched;
  if (others.length === 0) return new Map([[first.tick.id, refusal]]);
  // One of them can't be launched, and its others may be: each half by itself, down to the tick that it is.
  const middle = Math.ceil(ticks.length / 2);
  return new Map([
    ...(await launchAllRequested(trx, ticks.slice(0, middle), context)),
    ...(await launchAllRequested(trx, ticks.slice(middle), context)),
  ]);
}

/**
 * Launches all runs that ticks of a deployment ask for, each run key once and for all, also when its run was deleted since.
 *
 * @returns by the ids of the ticks what became of their requests.
 * @throws TickRefused when there can't be one of them; the transaction, or its savepoint, must be undone then.
 */
export async function launchRequested(
  trx: Trx,
  ticks: readonly RequestingTick[],
  context: LaunchContext,
): Promise<Map<string, LaunchedRuns>> {
  const deploymentId = ticks[0]?.tick.deploymentId ?? "";
  const wanted = ticks.flatMap(({ tick, runRequests }) =>
    runRequests.map((asked, index) => {
      const request = toLaunchRequest(tick, asked, index);
      const { runKey } = asked;
      const keptAs = runKey === null ? null : runIdOfKey(deploymentId, launchKeyOf(tick, runKey));
      return { tick, request, keptAs, index, count: runRequests.length };
    }),
  );
  const isNew = await keepRunKeys(
    trx,
    wanted.flatMap(({ tick: { instigatorId }, keptAs: runId }) =>
      runId === null ? [] : [{ instigatorId, runId }],
    ),
  );
  const open = wanted.filter(({ keptAs }) => keptAs === null || isNew.has(keptAs));
  const known = wanted.flatMap(({ tick, keptAs }) =>
    keptAs === null || isNew.has(keptAs) ? [] : [{ tick, runId: keptAs }],
  );
  const outcomes = await launchRuns(
    trx,
    deploymentId,
    open.map(({ request }) => request),
    context,
  );
  const launched = new Map(ticks.map(({ tick }) => [tick.id, new Set<string>()]));
  for (const [place, { tick, index, count }] of open.entries()) {
    const outcome = outcomes[place];
    if (outcome?.kind === "refused") throw refuse(outcome.error, index, count);
    if (outcome === undefined) continue;
    if (outcome.isNew) launched.get(tick.id)?.add(outcome.run.id);
    else if (!launched.get(tick.id)?.has(outcome.run.id)) known.push({ tick, runId: outcome.run.id });
  }
  const knownTo = Map.groupBy(known, ({ tick }) => tick.id);
  return new Map(
    ticks.map(({ tick: { id } }) => [
      id,
      {
        runIds: [...(launched.get(id) ?? [])],
        known: (knownTo.get(id) ?? []).map(({ runId }) => runId),
      },
    ]),
  );
}

function refuse(error: ExpectedError, index: number, count: number): TickRefused {
  const which =
    count === 1 ? "The run that it asks for" : `Run ${index + 1} of the ${count} that it asks for`;
  return new TickRefused(`${which} can't be launched, so nothing of this tick counts: ${error.message}`, {
    cause: error,
  });
}
