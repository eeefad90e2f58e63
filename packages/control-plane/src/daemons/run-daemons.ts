import { hostname } from "node:os";
import type { Ids } from "@millrace/model/randomness";
import { topics } from "@millrace/model/topic";
import { listDeployments } from "../deployments/deployment-store.ts";
import type { SettingsProblem } from "../deployments/settings.ts";
import type { ServerContext } from "../context/server-context.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { releaseDaemonLeases } from "./daemon-lease.ts";
import { createDaemonRecords, type DaemonRecords } from "./daemon-records.ts";
import type { Daemon, Duty } from "./daemon.ts";
import { createDueWatch, type DueWatch } from "./due-watch.ts";
import { storeHeartbeats } from "./heartbeat-store.ts";
import { runDaemon } from "./run-daemon.ts";

/** How often a replica looks for deployments that are new or gone, and writes down how its daemons fare; at once when one turns. */
const ROUND_MS = 30_000;
/** The same after the first round: by then each daemon has ticked. */
const FIRST_ROUND_MS = 1_000;
/** Pause before the next round when the database is away. */
const RETRY_MS = 1_000;

/** Runs daemons for every deployment until `signal` aborts; resolves when the last tick is over. */
export async function runDaemons(
  daemons: readonly Daemon[],
  context: ServerContext,
  signal: AbortSignal,
): Promise<void> {
  const { db, logger, clock } = context;
  const replica = createReplicaName(context.ids);
  const records = createDaemonRecords(logger);
  const watch = createDueWatch(daemons);
  // Aborted when a daemon has begun to fail, or works again: nobody must wait for the next round to see that.
  let turn = new AbortController();
  const places = createPlaces(context, replica, records, daemons, watch, signal, () => turn.abort());
  const logProblem = createProblemLog(context);
  const watching = watch.run(context, signal);
  await places.staff([]); // what belongs to no deployment does not wait for the list of them
  let roundMs = FIRST_ROUND_MS;
  let isTurnUntold = false;
  while (!signal.aborted) {
    let pauseMs = roundMs;
    isTurnUntold ||= turn.signal.aborted;
    turn = new AbortController();
    try {
      const deployments = await listDeployments(db);
      for (const { id, settingsProblems } of deployments) logProblem(id, settingsProblems);
      await places.staff(deployments.map(({ id }) => id));
      await storeHeartbeats(context, replica, records.list());
      if (isTurnUntold) await notifyChange(db, ...deployments.map(({ id }) => topics.daemons(id)));
      isTurnUntold = false;
      roundMs = ROUND_MS;
    } catch (error) {
      // Its ticks say what ails the database; only what they can't know is logged here.
      logger.debug({ err: error }, "could not look for deployments");
      pauseMs = RETRY_MS;
    }
    await clock.sleep(pauseMs, AbortSignal.any([signal, turn.signal]));
  }
  await places.leave();
  await watching;
  await releaseDaemonLeases(db, replica).catch((error: unknown) => {
    logger.debug({ err: error }, "could not give the daemons' places up: their leases will end");
  });
}

/** A name that no other process has, and that tells people which one it is. */
export function createReplicaName(ids: Ids): string {
  return `${hostname()}:${process.pid}:${ids.newId().slice(0, 8)}`;
}

interface Places {
  /** Lets the daemons work for these deployments, and for no others any more. */
  staff(deploymentIds: readonly string[]): Promise<void>;
  /** Resolves when the last tick is over. */
  leave(): Promise<void>;
}

function createPlaces(
  context: ServerContext,
  replica: string,
  records: DaemonRecords,
  daemons: readonly Daemon[],
  watch: DueWatch,
  signal: AbortSignal,
  onTurn: () => void,
): Places {
  const staffed = new Map<
    string | null,
    { readonly closing: AbortController; readonly closed: Promise<void> }
  >();

  function open(deploymentId: string | null): void {
    const closing = new AbortController();
    const duties = daemons.flatMap((daemon) => dutiesOf(daemon, deploymentId));
    const either = AbortSignal.any([signal, closing.signal]);
    const closed = Promise.all(
      duties.map(async (duty) => {
        await runDaemon(duty, context, replica, watch, either, (report, latenessMs) => {
          if (records.note(report, latenessMs)) onTurn();
        });
        records.forget(duty);
      }),
    ).then(() => {});
    staffed.set(deploymentId, { closing, closed });
  }

  return {
    async staff(deploymentIds) {
      const wanted = new Set<string | null>([null, ...deploymentIds]);
      for (const place of wanted) if (!staffed.has(place)) open(place);
      for (const [place, { closing, closed }] of staffed) {
        if (wanted.has(place)) continue;
        closing.abort();
        await closed;
        staffed.delete(place);
      }
    },
    async leave() {
      await Promise.all([...staffed.values()].map(({ closed }) => closed));
    },
  };
}

function dutiesOf(daemon: Daemon, deploymentId: string | null): Duty[] {
  if (daemon.of === "installation") return deploymentId === null ? [{ daemon, deploymentId }] : [];
  return deploymentId === null ? [] : [{ daemon, deploymentId }];
}

/** Logs what is wrong with the stored settings of a deployment, once for as long as it is. */
function createProblemLog({
  logger,
}: ServerContext): (deployment: string, problems: readonly SettingsProblem[]) => void {
  const known = new Map<string, readonly string[]>();
  return (deployment, problems) => {
    const messages = problems.map(({ message }) => message);
    for (const problem of messages) {
      if (known.get(deployment)?.includes(problem)) continue;
      logger.warn({ deployment, problem }, "a stored setting can't be used, its default holds");
    }
    known.set(deployment, messages);
  };
}
