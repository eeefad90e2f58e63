import type { RunSelection } from "@millrace/model/runs/run-target";
import type { StepHistory, StepRecord } from "@millrace/model/steps/step-history";
import type { LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/** Names of today by those that an earlier run spoke of; what is not in here has kept its name. */
export interface Renames {
  /** Keys of assets. */
  readonly assets: ReadonlyMap<string, string>;
  /** Checks as `asset_key:name`. */
  readonly checks: ReadonlyMap<string, string>;
  /** Keys of steps that are named after what they make or check. */
  readonly steps: ReadonlyMap<string, string>;
}

/**
 * What assets that were renamed change of the names in a run.
 *
 * @param then The definitions of the run; null: they are no longer kept, so that nobody knows which of its steps are meant.
 * @param assets Keys of today by former ones.
 */
export function listRenames(
  then: LocationSnapshot | null,
  now: LocationSnapshot,
  assets: ReadonlyMap<string, string>,
): Renames {
  const checks = now.checks.flatMap(({ assetKey, name }) =>
    [...assets].flatMap(([former, key]): [string, string][] =>
      key === assetKey ? [[`${former}:${name}`, `${key}:${name}`]] : [],
    ),
  );
  return { assets, checks: new Map(checks), steps: then ? renameStepKeys(then, now, assets) : new Map() };
}

function renameStepKeys(
  then: LocationSnapshot,
  now: LocationSnapshot,
  assets: ReadonlyMap<string, string>,
): Map<string, string> {
  const keys = now.jobs.flatMap((job) => job.steps.map(({ key }) => key));
  const known = new Set(keys);
  // What ops within an asset have emitted is stored under the names that they had: they run again, and so does the asset.
  const ofGraphs = new Set(keys.filter((key) => key.includes(".")).map((key) => key.split(".", 1)[0]));
  const stepsNow = new Map([
    ...now.assets.map(({ key, stepKey }) => [key, stepKey] as const),
    ...now.checks.map(({ assetKey, name, stepKey }) => [`${assetKey}:${name}`, stepKey] as const),
  ]);
  const stepsThen = [
    ...then.assets.map(({ key, stepKey }) => [key, "", stepKey] as const),
    ...then.checks.map(({ assetKey, name, stepKey }) => [assetKey, `:${name}`, stepKey] as const),
  ];
  const renamed = new Map<string, string>();
  for (const [assetKey, name, before] of stepsThen) {
    const after = stepsNow.get(`${assets.get(assetKey) ?? assetKey}${name}`);
    if (after === undefined || known.has(before) || ofGraphs.has(after)) continue;
    renamed.set(before, after);
  }
  return renamed;
}

/** What a run was limited to, in the names of today. */
export function renameSelection(selection: RunSelection, { assets, checks, steps }: Renames): RunSelection {
  const { assetSelection, checkSelection, stepSelection } = selection;
  return {
    assetSelection: assetSelection && renameAll(assetSelection, assets),
    checkSelection: checkSelection && renameAll(checkSelection, checks),
    stepSelection: stepSelection && renameAll(stepSelection, steps),
  };
}

/** The names of today of several things, each once. */
export function renameAll(names: Iterable<string>, renames: ReadonlyMap<string, string>): string[] {
  return [...new Set([...names].map((name) => renames.get(name) ?? name))];
}

/** How the steps of a run went, in the names of today. */
export function renameSteps({ steps, finished }: StepHistory, { steps: names }: Renames): StepHistory {
  const renamed = [...steps].map(([key, record]): [string, StepRecord] => [names.get(key) ?? key, record]);
  return { steps: new Map(renamed), finished: renameAll(finished, names) };
}
