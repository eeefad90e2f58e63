import { topics } from "@millrace/model/topic";
import { ExpectedError } from "@millrace/model/expected-error";
import type { DaemonContext, DeploymentDaemon } from "../daemons/daemon.ts";
import { forEachAlone } from "../daemons/for-each-alone.ts";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { wipeAssets } from "../assets/removal/wipe-asset.ts";
import { cancelQueuedRuns } from "../runs/ending/cancel-queued-runs.ts";
import { deleteEndedRuns } from "../runs/ending/delete-ended-runs.ts";
import { stopActiveRuns } from "../runs/ending/stop-active-runs.ts";
import { terminateRun } from "../runs/ending/terminate-run.ts";
import { launchRuns, type LaunchRequest } from "../runs/launch/launch-runs.ts";
import { listRuns } from "../runs/list-runs.ts";
import { requestRepetition } from "../runs/reexecution/reexecute-run.ts";
import { createRepetitionSources, type RepetitionSources } from "../runs/reexecution/repetition-sources.ts";
import type { Run } from "../runs/run-store.ts";
import type { BulkOperation, BulkRefusal } from "./bulk-operation.ts";
import {
  filterOf,
  findBulkOperation,
  listNextAssets,
  listOpenOperations,
  noteProgress,
  placeOf,
  type BulkProgress,
} from "./bulk-store.ts";

/** Runs that are seen to together. */
const BATCH = 500;
/** Assets that are forgotten together: each with all of its events. */
const WIPE_BATCH = 100;
/** Events of runs that are read together, about. */
const MAX_EVENTS = 20_000;
/** Runs that are canceled one by one, side by side. */
const SIDE_BY_SIDE = 8;

/** Does what is to be done to many runs or assets, a batch at a time: what was done before a crash is done once more, which changes nothing. */
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
  if (kind === "WIPE") return wipeNext(context, operation);
  // Of what is deleted, all that is left comes next.
  const after = kind === "DELETE" || lastRunId === null ? null : placeOf(operation);
  const { nodes: runs } = await listRuns(context.db, deploymentId, filterOf(operation), after, BATCH);
  const last = runs.at(-1)?.id ?? null;
  const write = (work: (trx: Trx) => Promise<BatchOutcome>): Promise<void> =>
    inTransaction(context.db, async (trx) => {
      await context.holdPlace(trx);
      const outcome = await work(trx);
      await noteProgress(trx, operation.id, { ...outcome, lastRunId: last, isOver: last === null });
    });
  const ids = runs.map(({ id }) => id);
  switch (kind) {
    case "CANCEL": {
      const others = await stopRuns(context, deploymentId, runs);
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

type BatchOutcome = Pick<BulkProgress, "done" | "refusals">;

/** How many are done says which ones come next. Nobody else moves that: the transaction fails when this is not its place any more. */
async function wipeNext(context: DaemonContext, operation: BulkOperation): Promise<void> {
  const { id, deploymentId, done, total } = operation;
  const keys = await listNextAssets(context.db, operation, WIPE_BATCH);
  await inTransaction(context.db, async (trx) => {
    await context.holdPlace(trx);
    await noteProgress(trx, id, {
      done: keys.length,
      refusals: [],
      lastRunId: null,
      isOver: done + keys.length >= total,
    });
    await wipeAssets(trx, deploymentId, keys);
  });
}

/** Asks the workers of active runs to stop, and cancels those that have none. Returns how many runs that ended. */
async function stopRuns({ db }: DaemonContext, deploymentId: string, runs: readonly Run[]): Promise<number> {
  const active = runs.filter(({ status }) => status !== "QUEUED").map(({ id }) => id);
  const stopped = new Set(await inTransaction(db, (trx) => stopActiveRuns(trx, deploymentId, active)));
  let count = stopped.size;
  await sideBySide(
    active.filter((id) => !stopped.has(id)),
    async (id) => {
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
  for (const { run, sources } of withSources(db, runs))
    try {
      const repetition = await requestRepetition(db, run, asked, sources);
      // One key for one run: a batch that is done again launches nothing twice.
      requests.push({ runId: run.id, request: { ...repetition, origin, key: `bulk ${id} ${run.id}` } });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      refusals.push({ runId: run.id, message: error.message });
    }
  return { requests, refusals };
}

/** Runs with what their repetitions are planned from, which is read for several at once, but not for more than memory bears. */
function* withSources(
  db: Db,
  runs: readonly Run[],
): Generator<{ readonly run: Run; readonly sources: RepetitionSources }> {
  for (let from = 0; from < runs.length;) {
    let to = from;
    for (let events = 0; to < runs.length && (to === from || events < MAX_EVENTS); to++)
      events += runs[to]?.eventCount ?? 0;
    const together = runs.slice(from, to);
    const sources = createRepetitionSources(db, together[0]?.deploymentId ?? "", together);
    for (const run of together) yield { run, sources };
    from = to;
  }
}

async function launchRepetitions(
  trx: Trx,
  context: DaemonContext,
  { deploymentId }: BulkOperation,
  requests: Repetitions["requests"],
  refusals: readonly BulkRefusal[],
): Promise<BatchOutcome> {
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
