import { MAX_SEEN_RUNS, type RunQuestion, type SeenRun } from "@millrace/model/seen-run";
import { BadRequest } from "../api/bad-request.ts";
import type { Db } from "../database/connect.ts";
import { listRuns } from "./list-runs.ts";
import { findRunReports } from "./run-reports.ts";
import { findRun } from "./run-store.ts";

/**
 * The runs that code of a tick or a run asks for, newest first.
 *
 * @throws BadRequest when the question makes no sense.
 */
export async function listSeenRuns(
  db: Db,
  deploymentId: string,
  question: RunQuestion,
  pageUrl: string,
): Promise<SeenRun[]> {
  const { runId, tags, createdAfter, limit, ...filter } = question;
  if (!(limit >= 1 && limit <= MAX_SEEN_RUNS))
    throw new BadRequest(`\`limit\` must be between 1 and ${MAX_SEEN_RUNS}, not ${limit}`);
  const one = runId === null ? null : await findRun(db, deploymentId, runId);
  const page = {
    ...filter,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    createdAfter: createdAfter === null ? null : new Date(createdAfter),
  };
  const runs =
    runId === null
      ? (await listRuns(db, deploymentId, page, null, limit)).nodes
      : [one].filter((run) => run !== null);
  const reports = await findRunReports(
    db,
    runs.map(({ id }) => id),
    pageUrl,
  );
  return runs.flatMap(({ id, locationName, jobName, status, partitionKey, tags: own }) => {
    const report = reports.get(id);
    return report ? [{ runId: id, locationName, jobName, status, partitionKey, tags: own, ...report }] : [];
  });
}
