import { sql } from "kysely";
import type { Db } from "../database/connect.ts";

/** Names a check of an asset. */
export interface CheckName {
  readonly assetKey: string;
  readonly name: string;
}

/** What one evaluation of a check found. */
export interface CheckEvaluation {
  readonly id: string;
  readonly runId: string | null;
  readonly passed: boolean;
  readonly severity: "WARN" | "ERROR";
  readonly partitionKey: string | null;
  readonly message: string;
  readonly metadata: unknown;
  /** Who said it where no run has evaluated it; null: the run. */
  readonly reportedBy: string | null;
  readonly timestamp: Date;
}

const columns = sql`e.id::text, e.run_id as "runId", e.passed, e.severity, e.partition_key as "partitionKey", e.message, e.metadata,
  e.reported_by as "reportedBy", e.happened_at as timestamp`;

/** The newest evaluation of each check, in the order asked; null for one that was never evaluated. */
export async function listLatestEvaluations(
  db: Db,
  deploymentId: string,
  checks: readonly CheckName[],
): Promise<(CheckEvaluation | null)[]> {
  const result = await sql<CheckEvaluation & { index: number }>`
    select c.n::integer - 1 as index, e.* from ${unnest(checks)}
    join asset a on a.deployment_id = ${deploymentId} and a.key = c.key
    cross join lateral (select ${columns} from asset_check_evaluation e
      where e.asset_id = a.id and e.check_name = c.name order by e.id desc limit 1) e`.execute(db);
  const latest = new Map(result.rows.map(({ index, ...evaluation }) => [index, evaluation]));
  return checks.map((_, index) => latest.get(index) ?? null);
}

/** How the checks of an asset stand. */
export interface CheckSummary {
  readonly passed: number;
  readonly warned: number;
  /** Also those that could not be evaluated the last time, see `markChecksFailed`. */
  readonly failed: number;
  /** Never evaluated. */
  readonly unknown: number;
}

/** How the checks stand, by the asset's key. Reads no more of an evaluation than that, for graphs of thousands of assets. */
export async function summarizeChecks(
  db: Db,
  deploymentId: string,
  checks: readonly CheckName[],
): Promise<Map<string, CheckSummary>> {
  if (checks.length === 0) return new Map();
  const result = await sql<CheckSummary & { key: string }>`
    select c.key, count(*) filter (where f is null and e.passed)::integer as passed,
      count(*) filter (where f is null and not e.passed and e.severity = 'WARN')::integer as warned,
      count(*) filter (where f is not null or not e.passed and e.severity <> 'WARN')::integer as failed,
      count(*) filter (where f is null and e.passed is null)::integer as unknown
    from ${unnest(checks)}
    left join asset a on a.deployment_id = ${deploymentId} and a.key = c.key
    left join lateral (select e.id, e.passed, e.severity from asset_check_evaluation e
      where e.asset_id = a.id and e.check_name = c.name order by e.id desc limit 1) e on true
    left join asset_check_failure f on f.asset_id = a.id and f.check_name = c.name and ${isStillFailed(sql.ref("e.id"))}
    group by c.key`.execute(db);
  return new Map(result.rows.map(({ key, ...summary }) => [key, summary]));
}

/** The newest evaluations of one check, newest first. */
export async function listEvaluations(
  db: Db,
  deploymentId: string,
  check: CheckName,
  limit: number,
): Promise<CheckEvaluation[]> {
  const result = await sql<CheckEvaluation>`
    select ${columns} from asset_check_evaluation e
    where e.asset_id = (select id from asset where deployment_id = ${deploymentId} and key = ${check.assetKey})
      and e.check_name = ${check.name} order by e.id desc limit ${limit}`.execute(db);
  return result.rows;
}

/** Whether a row `f` of `asset_check_failure` is newer than the check's newest evaluation, which may be none. */
export function isStillFailed(newestEvaluation: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`f.after_evaluation >= coalesce(${newestEvaluation}, 0)`;
}

/** Checks as rows `c (key, name, n)`, numbered from 1. */
export function unnest(checks: readonly CheckName[]): ReturnType<typeof sql> {
  const keys = checks.map(({ assetKey }) => assetKey);
  const names = checks.map(({ name }) => name);
  return sql`unnest(${keys}::text[], ${names}::text[]) with ordinality as c (key, name, n)`;
}
