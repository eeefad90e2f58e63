import type { RunSelection } from "@millrace/model/runs/run-target";
import { parseStepKey } from "@millrace/model/steps/step-key";
import type {
  AssetCheck,
  Job,
  JobStep,
  LocationSnapshot,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/**
 * The keys of the steps that a selection of assets, checks or steps comes to; null: all steps of the job. The ops in the graph of
 * an asset are not listed beside the step of the asset itself.
 */
export function listSelectedSteps(snapshot: LocationSnapshot, selection: RunSelection): string[] | null {
  const { assetSelection, checkSelection, stepSelection } = selection;
  if (stepSelection !== null) return [...stepSelection];
  if (assetSelection === null && checkSelection === null) return null;
  const assets = new Set(assetSelection);
  const checks = checkSelection === null ? null : new Set(checkSelection);
  const steps = new Set([
    ...snapshot.assets.filter(({ key }) => assets.has(key)).map(({ stepKey }) => stepKey),
    ...snapshot.checks
      .filter(({ assetKey, name }) =>
        checks === null ? assets.has(assetKey) : checks.has(`${assetKey}:${name}`),
      )
      .map(({ stepKey }) => stepKey),
  ]);
  return [...steps];
}

/** The steps of a job that a run executes, in the job's order: with the ops in the graphs of selected assets. */
export function selectJobSteps(
  snapshot: LocationSnapshot,
  job: Job,
  selection: RunSelection,
): readonly JobStep[] {
  const targets = listSelectedSteps(snapshot, { ...selection, stepSelection: null });
  const wanted = targets && new Set(targets);
  // The ops in the graph of an asset are named after the asset's step, whose own name has no dot.
  const ofTargets = job.steps.filter(({ key }) => wanted?.has(key.split(".", 1)[0] ?? key) ?? true);
  if (selection.stepSelection === null) return ofTargets;
  const chosen = new Set(selection.stepSelection.map((key) => parseStepKey(key).stepKey));
  return ofTargets.filter(({ key }) => chosen.has(key));
}

/** Finds a check by `asset_key:check_name`. Keys and names may hold colons: the definitions decide where one ends. */
export function findCheck(
  checks: ReadonlyMap<string, readonly AssetCheck[]>,
  text: string,
): AssetCheck | undefined {
  for (let colon = text.indexOf(":"); colon >= 0; colon = text.indexOf(":", colon + 1)) {
    const name = text.slice(colon + 1);
    const found = checks.get(text.slice(0, colon))?.find((candidate) => candidate.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether the step that makes the asset evaluates the check, rather than a step of the check's own. */
export function isEvaluatedByAsset({ assets }: LocationSnapshot, check: AssetCheck): boolean {
  return assets.some(({ key, stepKey }) => key === check.assetKey && stepKey === check.stepKey);
}
