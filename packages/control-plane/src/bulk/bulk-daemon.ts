import { topics } from "@millrace/model/topic";
import { ExpectedError } from "@millrace/model/expected-error";
import type { DaemonContext, DeploymentDaemon } from "../daemons/daemon.ts";
import { forEachAlone } from "../daemons/for-each-alone.ts";
import type { Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { cancelQueuedRuns } from "../runs/ending/cancel-queued-runs.ts";
import { deleteEndedRuns } from "../runs/ending/delete-ended-runs.ts";
import { terminateRun } from "../runs/ending/terminate-run.ts";
import { launchRuns, type LaunchRequest } from "../runs/launch/launch-runs.ts";
import { listRuns } from "../runs/list-runs.ts";
import { requestRepetition } from "../runs/reexecution/reexecute-run.ts";
import type { Run } from "../runs/run-store.ts";
import type { BulkOperation, BulkRefusal } from "./bulk-operation.ts";
import {
  filterOf,
  findBulkOperation,
  listOpenOperations,
  noteProgress,
  type BulkProgress,
} from "./bulk-store.ts";

/** Runs that are seen to together. */
const BATCH = 500;
/** Runs whose workers are stopped, or whose repetitions are planned, side by side. */
const SIDE_BY_SIDE = 8;

/** Does what is to be done to many runs, a batch at a time: what was done before a crash is done once more, which changes nothing. */
export const bulkDaemon: DeploymentDaemon = {
  name: "bulk",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.bulk(deploymentId)],
  intervalMs: 60_000,
  runsOn: "one",
  async tick(context, deploymentId) {
    // Each does a little at a time, so that a large one keeps no other waiting.
    for (let open = await listOpenOperations(context.db, deploymentId); open.length > 0;) {
      await forEachAlone(open, (operation) => advanceOperation(context, operation));
      open = await listOpenOperations(context.db, deploymentId);
    }
  },
};

async function advanceOperation(context: DaemonContext, known: BulkOperation): Promise<void> {
  const operation = await findBulkOperation(context.db, known.deploymentId, known.id);
  if (operation?.status !== "RUNNING") return;
  const { deploymentId, kind, lastRunId } = operation;
  // Deleted runs are none to go on after; what is left is the next batch.
  const after = kind === "DELETE" ? null : lastRunId;
  const { nodes: runs } = await listRuns(context.db, deploymentId, filterOf(operation), after, BATCH);
  const last = runs.at(-1)?.id ?? null;
  const write = (work: (trx: Trx) => Promise<Omit<BulkProgress, "lastRunId">>): Promise<void> =>
    inTransaction(context.db, async (trx) => {
      await context.holdPlace(trx);
      await noteProgress(trx, operation.id, { ...(await work(trx)), lastRunId: last });
    });
  const ids = runs.map(({ id }) => id);
  switch (kind) {
    case "CANCEL": {
      const others = await stopActiveRuns(context, deploymentId, runs);
      return write(async (trx) => ({
        done: others + (await cancelQueuedRuns(trx, deploymentId, ids)).length,
        refusals: [],
      }));
    }
    case "DELETE":
      return write(async (trx) => ({ done: await deleteEndedRuns(trx, deploymentId, ids), refusals: [] }));
    case "REEXECUTE": {
      const { requests, refusals } = await planRepetitions(context, operation, runs);
      return write((trx) => launchRepetitions(trx, context, operation, requests, refusals));
    }
  }
}

/** Asks the workers of active runs to stop, or cancels what has no worker yet. Returns how many runs that ended. */
async function stopActiveRuns(
  { db }: DaemonContext,
  deploymentId: string,
  runs: readonly Run[],
): Promise<number> {
  let count = 0;
  await sideBySide(
    runs.filter(({ status }) => status !== "QUEUED"),
    async ({ id }) => {
      const { kind } = await terminateRun(db, deploymentId, id);
      if (kind === "terminating" || kind === "canceled") count++;
    },
  );
  return count;
}

interface Repetitions {
  readonly requests: readonly { readonly runId: string; readonly request: LaunchRequest }[];
  readonly refusals: readonly BulkRefusal[];
}

async function planRepetitions(
  { db }: DaemonContext,
  { id, origin, strategy }: BulkOperation,
  runs: readonly Run[],
): Promise<Repetitions> {
  const requests: { runId: string; request: LaunchRequest }[] = [];
  const refusals: BulkRefusal[] = [];
  const asked = { strategy: strategy ?? "ALL_STEPS", stepSelection: null, includeDownstream: false };
  await sideBySide(runs, async (run) => {
    try {
      const repetition = await requestRepetition(db, run, asked);
      // One key for one run: a batch that is done again launches nothing twice.
      requests.push({ runId: run.id, request: { ...repetition, origin, key: `bulk ${id} ${run.id}` } });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      refusals.push({ runId: run.id, message: error.message });
    }
  });
  return { requests, refusals };
}

async function launchRepetitions(
  trx: Trx,
  context: DaemonContext,
  { deploymentId }: BulkOperation,
  requests: Repetitions["requests"],
  refusals: readonly BulkRefusal[],
): Promise<Omit<BulkProgress, "lastRunId">> {
  const outcomes = await launchRuns(
    trx,
    deploymentId,
    requests.map(({ request }) => request),
    context,
  );
  const refused = outcomes.flatMap((outcome, index) =>
    outcome.kind === "refused"
      ? [{ runId: requests[index]?.runId ?? "", message: outcome.error.message }]
      : [],
  );
  return { done: outcomes.length - refused.length, refusals: [...refusals, ...refused] };
}

async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const next = items.values();
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (const item of next) await work(item);
    }),
  );
}
