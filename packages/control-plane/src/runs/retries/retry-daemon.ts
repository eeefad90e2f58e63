import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import { NothingToRetry } from "@millrace/model/steps/re-execution";
import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../../daemons/daemon.ts";
import { forEachAlone } from "../../daemons/for-each-alone.ts";
import type { Db, Trx } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { getDeployment } from "../../deployments/deployment-store.ts";
import type { RunRetryStrategy } from "../../deployments/settings.ts";
import { launchRun } from "../launch/launch-run.ts";
import type { LaunchContext } from "../launch/launch-runs.ts";
import { ALL_STEPS, requestRepetition, type ReexecutionStrategy } from "../reexecution/reexecute-run.ts";
import { findRun } from "../run-store.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../fold/append-run-events.ts";
import { lockRun } from "../fold/lock-run.ts";
import { cancelRetry } from "../fold/plan-retry.ts";
import { chooseRetryStrategy, nextRetryNumber, RETRY_NUMBER_TAG } from "../retry-rule.ts";

/** Runs that one tick launches again at most. */
const BATCH = 100;

/** Launches runs again that have failed and are to be tried once more, each when its pause is over. */
export const retryDaemon: DeploymentDaemon = {
  name: "retries",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.retries(deploymentId)],
  dues: sql`select deployment_id, retry_at as due from run where retry_at is not null`,
  intervalMs: 60_000,
  runsOn: "any",
  async tick(context, deploymentId) {
    await launchDueRetries(context.db, deploymentId, context);
  },
};

/**
 * Launches what is due again, in the transaction that notes that it was: with one key for one failure, so that it is one run whoever
 * does it and whatever dies. What can't be launched again says so in its log, and stays as it is.
 */
export async function launchDueRetries(db: Db, deploymentId: string, context: LaunchContext): Promise<void> {
  const due = await sql<{ id: string }>`
    select id from run where deployment_id = ${deploymentId} and retry_at <= now() order by retry_at, id limit ${BATCH}`.execute(
    db,
  );
  await forEachAlone(due.rows, async ({ id }) => {
    const refusal = await inTransaction(db, (trx) => launchAgain(trx, deploymentId, id, context)).catch(
      (error: unknown) => {
        if (!(error instanceof ExpectedError)) throw error;
        return error;
      },
    );
    if (refusal !== null) await inTransaction(db, (trx) => giveUp(trx, id, refusal.message));
  });
}

/** @throws ExpectedError when the run can't be launched again. */
async function launchAgain(
  trx: Trx,
  deploymentId: string,
  runId: string,
  context: LaunchContext,
): Promise<null> {
  const { state } = await lockRun(trx, runId);
  const run = await findRun(trx, deploymentId, runId);
  // Somebody else may have launched it since the list was made, or its worker is back.
  if (run === null || run.retryAt === null || state.status !== "FAILURE") return null;
  const { settings } = await getDeployment(trx, deploymentId);
  const strategy = STRATEGIES[chooseRetryStrategy(run.tags, settings)];
  const request = { strategy, stepSelection: null, includeDownstream: false };
  const { target, lineage } = await requestRepetition(trx, run, request).catch((error: unknown) => {
    // All its steps have ended well, but nobody heard how the run did: its worker died, or it failed as a whole.
    if (!(error instanceof NothingToRetry)) throw error;
    return requestRepetition(trx, run, ALL_STEPS);
  });
  const again = await launchRun(
    trx,
    deploymentId,
    {
      target: { ...target, tags: { ...target.tags, [RETRY_NUMBER_TAG]: String(nextRetryNumber(run.tags)) } },
      lineage,
      origin: { kind: "retry", name: null },
      key: `retry of ${runId}`,
    },
    context,
  );
  await sql`update run set retry_at = null, retry_run_id = ${again.id} where id = ${runId}`.execute(trx);
  return null;
}

const STRATEGIES: Readonly<Record<RunRetryStrategy, ReexecutionStrategy>> = {
  from_failure: "FROM_FAILURE",
  all_steps: "ALL_STEPS",
};

async function giveUp(trx: Trx, runId: string, why: string): Promise<void> {
  const run = await lockRun(trx, runId);
  if (!(await cancelRetry(trx, runId))) return;
  const told: ControlPlaneEvent = {
    type: "ENGINE_EVENT",
    stepKey: null,
    error: null,
    metadata: {},
    message: `The run is not tried again: ${why}`,
  };
  await appendControlPlaneEvents(trx, run, [told]);
}
