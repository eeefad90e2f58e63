import { isDeepStrictEqual } from "node:util";
import { targetName, type AutomationAssets } from "@millrace/model/automation/asset-state-view";
import type { AutomationCursor } from "@millrace/model/automation/cursor";
import type { ConditionResult } from "@millrace/model/automation/evaluate-condition";
import type { TargetEvaluation } from "@millrace/model/automation/evaluate-target";
import { serializeSubset, type SerializedSubset } from "@millrace/model/partitions/serialize-subset";
import { countSubset } from "@millrace/model/partitions/subset-keys";
import { isEmptySubset } from "@millrace/model/partitions/subset";
import type { EvaluationRecord } from "./automation-store.ts";
import type { Launched } from "./launch-requests.ts";

/** What one part of a condition saw, as it is stored and shown. */
export interface StoredCondition {
  readonly op: string;
  /** What to call it. */
  readonly name: string;
  /** Of what it was asked: `asset`, or `asset:check`. */
  readonly target: string;
  /** How many it was asked about. */
  readonly candidates: number;
  /** For which of them it holds. */
  readonly holds: SerializedSubset;
  readonly count: number;
  readonly children: readonly StoredCondition[];
}

/** What is kept of an evaluation: nothing of one that asks for nothing and after which the condition remembers what it did before. */
export function toRecord(
  assets: AutomationAssets,
  { target, requested, explanation, cursor }: TargetEvaluation,
  before: AutomationCursor | null,
  launched: ReadonlyMap<string, Launched>,
): EvaluationRecord[] {
  const isSame =
    before !== null &&
    isDeepStrictEqual(before.memory, cursor.memory) &&
    isDeepStrictEqual(before.codeVersions, cursor.codeVersions);
  if (isSame && isEmptySubset(requested)) return [];
  const name = targetName(target);
  const { runIds = [], backfillId = null, problem = null } = launched.get(name) ?? {};
  return [
    {
      target: name,
      requested: serializeSubset(requested),
      requestedCount: countSubset(partitionsOf(assets, target), requested),
      tree: toStored(assets, explanation),
      runIds,
      backfillId,
      problem,
    },
  ];
}

function toStored(assets: AutomationAssets, result: ConditionResult): StoredCondition {
  const { op, name, target, candidates, trueSubset, children } = result;
  const partitions = partitionsOf(assets, target);
  return {
    op,
    name,
    target: targetName(target),
    candidates: countSubset(partitions, candidates),
    holds: serializeSubset(trueSubset),
    count: countSubset(partitions, trueSubset),
    children: children.map((child) => toStored(assets, child)),
  };
}

function partitionsOf(assets: AutomationAssets, { asset, check }: TargetEvaluation["target"]) {
  return check === null ? (assets.get(asset)?.partitions ?? null) : null;
}
