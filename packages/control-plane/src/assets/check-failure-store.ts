import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { isStillFailed, unnest, type CheckName } from "./check-store.ts";

/** A check that could not be evaluated the last time. */
export interface CheckFailure {
  readonly runId: string;
  readonly failedAt: Date;
}

/** How each check failed to be evaluated since its newest evaluation, in the order asked; null: it did not. */
export async function listCheckFailures(
  db: Db,
  deploymentId: string,
  checks: readonly CheckName[],
): Promise<(CheckFailure | null)[]> {
  const { rows } = await sql<CheckFailure & { index: number }>`
    select c.n::integer - 1 as index, f.run_id as "runId", f.failed_at as "failedAt" from ${unnest(checks)}
    join asset a on a.deployment_id = ${deploymentId} and a.key = c.key
    join asset_check_failure f on f.asset_id = a.id and f.check_name = c.name
    where ${isStillFailed(sql`(select max(e.id) from asset_check_evaluation e where e.asset_id = a.id and e.check_name = c.name)`)}`.execute(
    db,
  );
  const failures = new Map(rows.map(({ index, ...failure }) => [index, failure]));
  return checks.map((_, index) => failures.get(index) ?? null);
}
