import type { AssetCheck, LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/** What a run is limited to; null: no limit of this kind. */
export interface RunSelection {
  readonly assetSelection: readonly string[] | null;
  /** As `asset_key:check_name`; null with selected assets: the checks of those. */
  readonly checkSelection: readonly string[] | null;
  readonly stepSelection: readonly string[] | null;
}

/** The keys of the steps that a selection of assets, checks or steps comes to; null: all steps of the job. */
export function listSelectedSteps(snapshot: LocationSnapshot, selection: RunSelection): string[] | null {
  const { assetSelection, checkSelection, stepSelection } = selection;
  if (assetSelection === null && checkSelection === null)
    return stepSelection === null ? null : [...stepSelection];
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
