import { sql } from "kysely";
import type { AutomationCursor } from "@millrace/model/automation/cursor";
import type { Db } from "../database/connect.ts";
import { readTree } from "./tree-document.ts";

/** An evaluation that asked for something, or after which a condition remembers something else. */
export interface KeptEvaluation {
  readonly id: string;
  /** The number in the tag of its runs. */
  readonly round: number;
  readonly timestamp: Date;
  readonly requestedCount: number;
  /** What each part of the condition saw, see `StoredCondition`. */
  readonly readTree: () => Promise<unknown>;
  readonly runIds: readonly string[];
  readonly backfillId: string | null;
  readonly problem: string | null;
}

/** Why a condition does or does not ask for something. */
export interface AutomationExplanation {
  readonly target: string;
  /** How often it was evaluated. */
  readonly evaluations: number;
  /** When it was evaluated last: since then it would have come to the same. */
  readonly evaluatedAt: Date;
  /** Assets of which something new may change it; null: it is evaluated at the next round anyway. */
  readonly looksAt: readonly string[] | null;
  /** When time alone may change it; null: never, or it is evaluated at the next round anyway. */
  readonly until: Date | null;
}

/** What is known of the condition of a target, see `targetName`; null: it was never evaluated. */
export async function findExplanation(
  db: Db,
  deploymentId: string,
  target: string,
): Promise<AutomationExplanation | null> {
  const row = await db
    .selectFrom("automation_cursor")
    .select(["cursor", "evaluations"])
    .where("deployment_id", "=", deploymentId)
    .where("target", "=", target)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { time, rest } = row.cursor as AutomationCursor;
  const until = rest?.until ?? null;
  return {
    target,
    evaluations: row.evaluations,
    evaluatedAt: new Date(time),
    looksAt: rest?.looksAt ?? null,
    until: until === null ? null : new Date(until),
  };
}

/** The newest evaluations of a target that are kept, newest first. */
export async function listEvaluations(
  db: Db,
  deploymentId: string,
  target: string,
  limit: number,
): Promise<KeptEvaluation[]> {
  const { rows } = await sql<
    Omit<KeptEvaluation, "readTree"> & { tree: unknown; treesId: string; place: number }
  >`
    select id::text, round, evaluated_at as timestamp, requested_count as "requestedCount", tree, trees_id::text as "treesId",
      tree_place as place, run_ids as "runIds", backfill_id as "backfillId", problem
    from automation_evaluation where deployment_id = ${deploymentId} and target = ${target}
    order by id desc limit ${limit}`.execute(db);
  return rows.map(({ tree, treesId, place, ...kept }) => ({
    ...kept,
    readTree: async () => tree ?? readTree(await findTrees(db, treesId), place),
  }));
}

async function findTrees(db: Db, id: string): Promise<Buffer> {
  const { rows } = await sql<{ document: Buffer }>`
    select document from automation_trees where id = ${id}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`The trees ${id} of an evaluation are gone`);
  return row.document;
}
