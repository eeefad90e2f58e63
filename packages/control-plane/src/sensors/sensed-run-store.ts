import type { RunsWatch, SensedRunJson } from "@millrace/model/sensed-events";
import type { Db } from "../database/connect.ts";
import { findNewestRunChange, readRunChanges, type RunChange } from "../events/change-feed.ts";
import type { RunReport } from "@millrace/model/seen-run";
import { findRunReports } from "../runs/run-reports.ts";
import type { RunEventCursor } from "./event-cursor.ts";

/** Changes that one evaluation is told of. */
const MAX_EVENTS = 500;

/** What a sensor has not seen yet, and its cursor then. */
export interface UnseenRuns {
  readonly events: readonly SensedRunJson[];
  readonly after: RunEventCursor;
}

/**
 * The runs that have come to a watched status after the cursor, oldest first; without a cursor the newest one. What does not
 * fit comes after the cursor that is answered. None is passed over, see `readRunChanges`.
 */
export async function listUnseenRuns(
  db: Db,
  deploymentId: string,
  locationName: string,
  { statuses, jobs, allLocations }: RunsWatch,
  cursor: RunEventCursor | null,
  pageUrl: string,
): Promise<UnseenRuns> {
  const filter = {
    statuses,
    ...(jobs === null ? {} : { jobNames: jobs }),
    ...(allLocations ? {} : { locationName }),
  };
  const { changes, upTo } =
    cursor === null
      ? await findNewestRunChange(db, deploymentId, filter)
      : await readRunChanges(db, deploymentId, cursor.seq, MAX_EVENTS, filter);
  const ids = [...new Set(changes.map(({ runId }) => runId))];
  const reports = await findRunReports(db, ids, pageUrl);
  const events = changes.flatMap((change) => {
    const report = reports.get(change.runId);
    return report ? [toSensedRun(change, report)] : [];
  });
  return { events, after: { kind: "runs", seq: upTo } };
}

function toSensedRun(change: RunChange, report: RunReport): SensedRunJson {
  const { runId, locationName, jobName, status, partitionKey, tags, message, happenedAt } = change;
  return {
    runId,
    locationName,
    jobName,
    status,
    partitionKey,
    tags,
    ...report,
    message,
    happenedAt: happenedAt.toISOString(),
  };
}
