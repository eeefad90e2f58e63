import type { AssetKey } from "@millrace/model/asset-key";
import { suggestNear } from "@millrace/model/near-names";
import { checkName } from "../checks/asset-check.ts";
import { describeDefinition } from "../definition/definition-error.ts";
import type { ResolvedDefinitions } from "./resolved-definitions.ts";

/**
 * Says of each asset that something depends on by its key only, and that nothing here defines, where a defined one is but a slip away: it
 * may be one of another code location, and it may be a slip. One that is meant so is defined with `externalAsset`.
 */
export function listMisspeltUpstream(resolved: ResolvedDefinitions): string[] {
  const { assets, checks, definitions } = resolved;
  const defined = new Set(definitions.assets.map(({ key }) => key));
  if (defined.size === assets.size) return [];
  const hints = new Map<AssetKey, string>();
  for (const { key } of assets.values()) {
    const hint = defined.has(key) ? "" : suggestNear(key, defined);
    if (hint !== "") hints.set(key, hint);
  }
  if (hints.size === 0) return [];
  const depending = [
    ...[...assets.values()].map(
      (asset) => [describeDefinition("asset", asset.key, asset), asset.dependencies] as const,
    ),
    ...[...checks.values()].map(
      (check) =>
        [describeDefinition("asset check", checkName(check), check), check.computation.dependencies] as const,
    ),
  ];
  return depending.flatMap(([what, dependencies]) =>
    dependencies.flatMap(({ key }) => {
      const hint = hints.get(key);
      return hint === undefined
        ? []
        : [
            `${what} depends on "${key}", which nothing here defines${hint} If not, externalAsset("${key}") among the definitions says so`,
          ];
    }),
  );
}
