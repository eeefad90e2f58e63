import { ExpectedError } from "@millrace/model/expected-error";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import { launchBackfill } from "../backfills/launch-backfill.ts";
import type { Trx } from "../database/connect.ts";
import { launchRuns, type LaunchContext } from "../runs/launch/launch-runs.ts";
import { AUTOMATION_TAG } from "../runs/run-tags.ts";
import type { RequestGroup } from "./plan-requests.ts";

/** What became of what a condition asks for. */
export interface Launched {
  readonly runIds: readonly string[];
  readonly backfillId: string | null;
  /** Why it could not be launched; null: it was. */
  readonly problem: string | null;
}

const ORIGIN: RunOrigin = { kind: "automation", name: null };

/**
 * Launches what a round asks for, once and for all: a round that is tried again gets the same runs. What can't be launched says why, and
 * keeps nothing else from it.
 *
 * @returns what became of it, by the names of the targets that ask.
 */
export async function launchRequests(
  trx: Trx,
  deploymentId: string,
  round: number,
  groups: readonly RequestGroup[],
  context: LaunchContext,
): Promise<Map<string, Launched>> {
  const launched = new Map<string, Launched>();
  const note = (group: RequestGroup, outcome: Partial<Launched>): void => {
    for (const target of group.targets)
      launched.set(target, { runIds: [], backfillId: null, problem: null, ...outcome });
  };
  const tags = { [AUTOMATION_TAG]: String(round) };
  const keyOf = (group: RequestGroup): string =>
    JSON.stringify(["automation", round, group.partitionKey, ...group.targets]);
  // Before runs, as they lock what runs lock, and the feed before that.
  for (const group of groups) {
    if (group.ranges === null) continue;
    const { jobName, ranges, assetSelection, locationName } = group;
    const [ofJob] = ranges.values();
    const input = {
      title: null,
      locationName,
      jobName,
      assetSelection,
      states: null,
      runConfig: null,
      tags,
      ranges: jobName === null ? null : (ofJob ?? null),
      ofAssets: jobName === null ? ranges : new Map<string, never>(),
    };
    try {
      const { id } = await launchBackfill(
        trx,
        deploymentId,
        input,
        { origin: ORIGIN, key: keyOf(group) },
        context,
      );
      note(group, { backfillId: id });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      note(group, { problem: error.message });
    }
  }
  const single = groups.filter(({ ranges }) => ranges === null);
  const requests = single.map((group) => ({
    target: {
      locationName: group.locationName,
      jobName: group.jobName,
      assetSelection: group.assetSelection,
      checkSelection: group.checkSelection,
      stepSelection: null,
      partitionKey: group.partitionKey,
      partitionRange: null,
      runConfig: null,
      tags,
    },
    origin: ORIGIN,
    key: keyOf(group),
    lineage: null,
  }));
  const outcomes = requests.length === 0 ? [] : await launchRuns(trx, deploymentId, requests, context);
  for (const [index, group] of single.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === "launched") note(group, { runIds: [outcome.run.id] });
    else if (outcome) note(group, { problem: outcome.error.message });
  }
  return launched;
}
