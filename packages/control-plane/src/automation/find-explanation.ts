import { sql } from "kysely";
import { targetName, type AutomationTarget } from "@millrace/model/automation/asset-state-view";
import type { AutomationCursor } from "@millrace/model/automation/cursor";
import type { CatalogAsset } from "../assets/catalog/asset-catalog.ts";
import type { Db } from "../database/connect.ts";
import { readCondition } from "./automation-assets.ts";
import { readServedPlan } from "./served-plan.ts";
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

/** What is known of the condition of a target. */
export interface AutomationExplanation {
  readonly target: string;
  /** Why the condition can't be evaluated; null: it can. */
  readonly problem: string | null;
  /** What it is switched off with; null: it is on. */
  readonly offWith: "deployment" | "group" | null;
  /** How often it was evaluated. */
  readonly evaluations: number;
  /** When it was evaluated last: since then it would have come to the same. Null: never. */
  readonly evaluatedAt: Date | null;
  /** Assets of which something new may change it; null: it is evaluated at the next round anyway. */
  readonly looksAt: readonly string[] | null;
  /** When time alone may change it; null: never, or it is evaluated at the next round anyway. */
  readonly until: Date | null;
}

/** What is known of the condition of an asset or one of its checks; null: it has none. A former key of an asset will do. */
export async function findExplanation(
  db: Db,
  deploymentId: string,
  { asset: key, check }: AutomationTarget,
): Promise<AutomationExplanation | null> {
  const { catalog, isOn, offGroups } = await readServedPlan(db, deploymentId);
  const asset = catalog.assets.get(catalog.renamed.get(key) ?? key);
  const described = check === null ? asset?.definition : asset?.checks.find(({ name }) => name === check);
  const condition = described && readCondition(described);
  if (!asset || !condition) return null;
  const target = targetName({ asset: asset.definition.key, check });
  const row = await db
    .selectFrom("automation_cursor")
    .select(["cursor", "evaluations"])
    .where("deployment_id", "=", deploymentId)
    .where("target", "=", target)
    .executeTakeFirst();
  const { time, rest } = (row?.cursor as AutomationCursor | undefined) ?? { time: null, rest: null };
  const until = rest?.until ?? null;
  return {
    target,
    problem: condition.problem ?? problemOf(asset, check),
    offWith: !isOn ? "deployment" : offGroups.has(asset.definition.group) ? "group" : null,
    evaluations: row?.evaluations ?? 0,
    evaluatedAt: time === null ? null : new Date(time),
    looksAt: rest?.looksAt ?? null,
    until: until === null ? null : new Date(until),
  };
}

function problemOf({ definition }: CatalogAsset, check: string | null): string | null {
  if (definition.executable || check !== null) return null;
  return "Nothing here makes the asset, so its condition is not evaluated";
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
