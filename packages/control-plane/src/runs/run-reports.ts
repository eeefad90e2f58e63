import { sql } from "kysely";
import type { ErrorInfo } from "@millrace/model/run-event";
import type { RunStatus } from "@millrace/model/run-status";
import type { RunReport } from "@millrace/model/seen-run";
import type { Db } from "../database/connect.ts";
import { readStoredSettings } from "../deployments/settings.ts";
import { decideRunRetry } from "./retry-rule.ts";

/** Steps that a report names at most. */
const MAX_STEPS = 100;
/** Characters kept of each text of an error, and causes. */
const MAX_TEXT = 4_000;
const MAX_CAUSES = 3;

/**
 * What there is to say about how runs go, by their ids; runs that are not there any more are left out.
 *
 * @param pageUrl the page's address, such as `https://millrace.example`.
 */
export async function findRunReports(
  db: Db,
  runIds: readonly string[],
  pageUrl: string,
): Promise<Map<string, RunReport>> {
  if (runIds.length === 0) return new Map();
  const { rows } = await sql<ReportRow>`
    select r.id, r.created_at, r.started_at, r.ended_at, r.status, r.tags, d.settings,
      r.retry_at is not null or r.retry_run_id is not null as has_retry,
      array(select step_key from run_event e where e.run_id = r.id and e.type = 'STEP_FAILURE' order by position limit ${MAX_STEPS}) as failed_steps,
      case when r.status = 'FAILURE' then coalesce(
        (select nullif(e.event -> 'error', 'null'::jsonb) from run_event e where e.run_id = r.id and e.type = 'RUN_FAILURE'
          order by position desc limit 1),
        (select e.event -> 'error' from run_event e where e.run_id = r.id and e.type = 'STEP_FAILURE' order by position limit 1)) end as error
    from run r join deployment d on d.id = r.deployment_id where r.id = any(${runIds}::uuid[])`.execute(db);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        createdAt: row.created_at.toISOString(),
        startedAt: row.started_at?.toISOString() ?? null,
        endedAt: row.ended_at?.toISOString() ?? null,
        failedSteps: [...new Set(row.failed_steps)],
        error: row.error && shortened(row.error),
        willRetry: row.has_retry || isGoingToRetry(row),
        url: `${pageUrl}/runs/${row.id}`,
      },
    ]),
  );
}

/** Hooks of a step that has failed ask before its run has failed, with which that is decided. */
function isGoingToRetry({ status, failed_steps, tags, settings }: ReportRow): boolean {
  if (status !== "STARTED" || failed_steps.length === 0) return false;
  return decideRunRetry(tags, readStoredSettings(settings).settings, "STEP_FAILURE") !== null;
}

/** An error may take a megabyte, and many may be told of at once. */
function shortened(error: ErrorInfo, depth = 0): ErrorInfo {
  const { message, stack, cause, errors, fields: _, ...rest } = error;
  const isDeep = depth >= MAX_CAUSES;
  return {
    ...rest,
    message: message.slice(0, MAX_TEXT),
    stack: stack?.slice(0, MAX_TEXT) ?? null,
    cause: cause && !isDeep ? shortened(cause, depth + 1) : null,
    ...(errors && !isDeep
      ? { errors: errors.slice(0, MAX_CAUSES).map((each) => shortened(each, depth + 1)) }
      : {}),
  };
}

interface ReportRow {
  readonly id: string;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly status: RunStatus;
  readonly tags: Readonly<Record<string, string>>;
  readonly settings: unknown;
  readonly has_retry: boolean;
  readonly failed_steps: readonly string[];
  readonly error: ErrorInfo | null;
}
