import { sql } from "kysely";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { topics } from "@millrace/model/topic";
import type { Trx } from "../../database/connect.ts";
import { readStoredSettings } from "../../deployments/settings.ts";
import { notifyChange } from "../../wake/notify-change.ts";
import { decideRunRetry, type RunRetry } from "../retry-rule.ts";

/**
 * Decides whether a run that the transaction has locked, and has stored as failed, is launched again by itself, and notes when: whoever
 * sees the failure sees this too, whatever dies in between.
 */
export async function planRetry(
  trx: Trx,
  run: { readonly id: string; readonly deploymentId: string },
  reason: RunFailureReason | null,
): Promise<RunRetry | null> {
  const found = await sql<{ tags: Readonly<Record<string, string>>; settings: unknown }>`
    select r.tags, d.settings from run r join deployment d on d.id = r.deployment_id where r.id = ${run.id}`.execute(
    trx,
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  const retry = decideRunRetry(row.tags, readStoredSettings(row.settings).settings, reason);
  if (retry === null) return null;
  await sql`
    update run set retry_at = now() + make_interval(secs => ${retry.delaySeconds}) where id = ${run.id}`.execute(
    trx,
  );
  await notifyChange(trx, topics.retries(run.deploymentId));
  return retry;
}

/** Takes back that a run is launched again by itself, as it goes on after all or somebody has ended it. False: it was not. */
export async function cancelRetry(trx: Trx, runId: string): Promise<boolean> {
  const result = await sql`
    update run set retry_at = null where id = ${runId} and retry_at is not null returning 1`.execute(trx);
  return result.rows.length > 0;
}
