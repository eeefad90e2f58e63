import { suggestNear } from "@millrace/model/near-names";
import type { AssetKey } from "@millrace/model/asset-key";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { Job } from "../../jobs/job.ts";
import { selectTargets, type Targets } from "../../jobs/select-targets.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import type { PlanRequest } from "./plan-request.ts";

/**
 * The assets that a run makes and the checks that have steps of their own in it.
 *
 * @throws InvalidRunRequest when something is asked for that is not there, or nothing at all.
 */
export function chooseTargets(
  definitions: ResolvedDefinitions,
  job: Job | null,
  request: PlanRequest,
): Targets {
  const all = selectTargets(definitions, job);
  const { assetSelection = null, checkSelection = null } = request;
  const of = job === null ? "" : ` of job "${job.name}"`;
  let { assets, checks } = all;
  if (assetSelection === null && checkSelection !== null) {
    assets = new Map(); // Checks alone: nothing is made.
  } else if (assetSelection === null && job === null) {
    assets = new Map([...assets].filter(([, asset]) => asset.computation?.kind === "materialize"));
  }
  if (assetSelection !== null) {
    assets = new Map(
      assetSelection.map((key) => {
        const asset = all.assets.get(key as AssetKey);
        if (asset) return [asset.key, asset];
        throw new InvalidRunRequest(
          "unknown_asset",
          `Asset "${key}" is not among the assets${of} that can be made${suggestNear(key, all.assets.keys())}`,
        );
      }),
    );
    checks = new Map([...all.checks].filter(([, check]) => assets.has(check.assetKey)));
  }
  if (checkSelection !== null) {
    checks = new Map(
      checkSelection.flatMap((name) => {
        const check = all.checks.get(name) ?? definitions.checks.get(name);
        if (check) return [[name, check] as const];
        if (isInlineCheck(definitions, name)) return [];
        throw new InvalidRunRequest(
          "unknown_check",
          `There is no asset check "${name}"${suggestNear(name, listCheckNames(definitions))}`,
        );
      }),
    );
  }
  if (assets.size === 0 && checks.size === 0) {
    throw new InvalidRunRequest(
      "empty_run",
      `The run selects nothing${of}: name at least one asset, or a check that has a step of its own`,
    );
  }
  return { assets, checks };
}

function listCheckNames({ assets, checks }: ResolvedDefinitions): string[] {
  const own = [...assets.values()].flatMap(({ key, checks: specs }) =>
    specs.map(({ name }) => `${key}:${name}`),
  );
  return [...checks.keys(), ...own];
}

/** Whether the asset's own step evaluates the check, so that it needs no step of its own. */
function isInlineCheck(definitions: ResolvedDefinitions, name: string): boolean {
  const asset = definitions.assets.get(name.slice(0, name.lastIndexOf(":")) as AssetKey);
  return asset?.checks.some((check) => name === `${asset.key}:${check.name}`) ?? false;
}
