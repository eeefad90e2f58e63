import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { evaluateDeployment, isIdle, type KnownDeployment } from "./evaluate-deployment.ts";
import type { SeenEvents } from "./news-store.ts";

/** The pause is short enough to be waited for by who stops. */
const NEVER = new AbortController().signal;
/** Rounds of a busy deployment: one a second. */
const PAUSE_MS = 1_000;

/**
 * Evaluates automation conditions: woken by whatever happens to assets, runs and definitions, and when time alone may change what a
 * condition comes to. One replica has a deployment and keeps in memory what it knows; another one that takes over reads it anew.
 *
 * @param pauseMs milliseconds from the end of a round to the next one. Default: one second.
 */
export function createAutomationDaemon(pauseMs = PAUSE_MS): DeploymentDaemon {
  const known = new Map<string, KnownDeployment>();
  const begun = new Map<string, SeenEvents>();
  const lastRound = new Map<string, number>();
  return {
    name: "automation",
    of: "deployment",
    wokenBy: (deploymentId) => [
      topics.assets(deploymentId),
      topics.runs(deploymentId),
      topics.locations(deploymentId),
      topics.backfills(deploymentId),
    ],
    intervalMs: 60_000,
    runsOn: "one",
    isIdle: ({ db }, deploymentId) => isIdle(db, deploymentId),
    async tick(context, deploymentId) {
      const { clock } = context;
      const last = lastRound.get(deploymentId);
      if (last !== undefined) await clock.sleep(Math.max(0, last + pauseMs - clock.monotonic()), NEVER);
      const before = known.get(deploymentId) ?? null;
      // What a round that fails has read into it is of no use.
      known.delete(deploymentId);
      const { known: after, nextInMs } = await evaluateDeployment(context, deploymentId, before, begun);
      if (after !== null) {
        known.set(deploymentId, after);
        begun.delete(deploymentId);
      }
      lastRound.set(deploymentId, clock.monotonic());
      return nextInMs ?? undefined;
    },
  };
}
