import type { RunSelection } from "@millrace/model/runs/run-target";
import { parseStepKey } from "@millrace/model/steps/step-key";
import type {
  AssetCheck,
  Job,
  JobStep,
  LocationSnapshot,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { getSnapshotIndex } from "../../locations/serving-snapshot.ts";
import { divideJobSteps } from "./divided-steps.ts";

/**
 * The keys of the steps that a selection of assets, checks or steps comes to; null: all steps of the job. The ops in the graph of
 * an asset are not listed beside the step of the asset itself.
 */
export function listSelectedStepKeys(snapshot: LocationSnapshot, selection: RunSelection): string[] | null {
  const { assetSelection, checkSelection, stepSelection } = selection;
  if (stepSelection !== null) return [...stepSelection];
  if (assetSelection === null && checkSelection === null) return null;
  const { assets, checks } = getSnapshotIndex(snapshot);
  const selected = [
    ...(assetSelection ?? []).map((key) => assets.get(key)),
    ...(checkSelection === null
      ? (assetSelection ?? []).flatMap((key) => checks.get(key) ?? [])
      : checkSelection.map((text) => findCheck(checks, text))),
  ];
  return [...new Set(selected.flatMap((each) => each?.stepKey ?? []))];
}

/** The steps of a job that a run executes, in the job's order: with the ops in the graphs of selected assets. */
export function selectJobSteps(
  snapshot: LocationSnapshot,
  job: Job,
  selection: RunSelection,
): readonly JobStep[] {
  const ofTargets = divideJobSteps(snapshot, job, selection) ?? listWholeSteps(snapshot, job, selection);
  if (selection.stepSelection === null) return ofTargets;
  const chosen = new Set(selection.stepSelection.map((key) => parseStepKey(key).stepKey));
  return ofTargets.filter(({ key }) => chosen.has(key));
}

function listWholeSteps(snapshot: LocationSnapshot, job: Job, selection: RunSelection): JobStep[] {
  const targets = listSelectedStepKeys(snapshot, { ...selection, stepSelection: null });
  const wanted = targets && new Set(targets);
  return job.steps.filter(({ key }) => wanted?.has(assetStepOf(key)) ?? true);
}

/** The step of an asset, of itself or of an op in its graph: ops are named after it, and its own name has no dot. */
function assetStepOf(key: string): string {
  return key.split(".", 1)[0] ?? key;
}

/** By which step of a run an asset is made, or one of its own checks evaluated: the asset's, or a part of it. */
export type FindStep = (asset: { readonly key: string; readonly stepKey: string }) => string;

/** Which parts of steps a run of a job's assets has, for those who ask by asset. */
export function findStepsOfAssets(
  snapshot: LocationSnapshot,
  job: Job,
  selection: Omit<RunSelection, "stepSelection">,
): FindStep {
  const parts = divideJobSteps(snapshot, job, selection) ?? [];
  const byAsset = new Map(
    parts.flatMap(({ key, assetKeys }) => assetKeys.map((asset) => [asset, key] as const)),
  );
  return ({ key, stepKey }) => byAsset.get(key) ?? stepKey;
}

/** The keys of the whole steps of assets and checks that steps of a run belong to: `dbt` for `dbt_2`, `shop` for `shop.read`. */
export function listWholeStepKeys(
  snapshot: LocationSnapshot,
  job: Job | undefined,
  selection: RunSelection,
  keys: readonly string[],
): Set<string> {
  const parts = (job && divideJobSteps(snapshot, job, selection)) ?? [];
  const wholeOf = new Map(parts.map(({ key, partOf }) => [key, partOf ?? key]));
  return new Set(keys.map((key) => assetStepOf(wholeOf.get(parseStepKey(key).stepKey) ?? key)));
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
export function isEvaluatedByAsset(snapshot: LocationSnapshot, check: AssetCheck): boolean {
  return getSnapshotIndex(snapshot).assets.get(check.assetKey)?.stepKey === check.stepKey;
}
