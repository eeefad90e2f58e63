import { isDeepStrictEqual } from "node:util";
import { targetName, type AutomationAssets } from "@millrace/model/automation/asset-state-view";
import type { AutomationCursor } from "@millrace/model/automation/cursor";
import type { TargetEvaluation } from "@millrace/model/automation/evaluate-target";
import { serializeSubset } from "@millrace/model/partitions/serialize-subset";
import { countSubset } from "@millrace/model/partitions/subset-keys";
import { isEmptySubset } from "@millrace/model/partitions/subset";
import type { EvaluationRecord } from "./automation-store.ts";
import type { Launched } from "./launch-requests.ts";

/** Whether an evaluation is kept: not one that asks for nothing and after which the condition remembers what it did before. */
export function isKept({ requested, cursor }: TargetEvaluation, before: AutomationCursor | null): boolean {
  const isSame =
    before !== null &&
    isDeepStrictEqual(before.memory, cursor.memory) &&
    isDeepStrictEqual(before.codeVersions, cursor.codeVersions);
  return !isSame || !isEmptySubset(requested);
}

/** What is kept of an evaluation beside its tree. */
export function toRecord(
  assets: AutomationAssets,
  { target, requested }: TargetEvaluation,
  launched: ReadonlyMap<string, Launched>,
): EvaluationRecord {
  const name = targetName(target);
  const partitions = target.check === null ? (assets.get(target.asset)?.partitions ?? null) : null;
  const { runIds = [], backfillId = null, problem = null } = launched.get(name) ?? {};
  return {
    target: name,
    requested: serializeSubset(requested),
    requestedCount: countSubset(partitions, requested),
    runIds,
    backfillId,
    problem,
  };
}
