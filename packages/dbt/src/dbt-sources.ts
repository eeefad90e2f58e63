import { definedByCaller, externalAsset, freshness, type Asset } from "millrace";
import type { DbtProject } from "./dbt-project.ts";
import { describeNode } from "./describe-node.ts";
import type { DbtSource } from "./manifest.ts";
import type { DbtTranslator } from "./translate.ts";

const SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/** Which sources of a project become assets. */
export interface DbtSourcesOptions {
  /** Which not: those that assets of the code location make. Default: none. */
  readonly exclude?: (source: DbtSource) => boolean;
  readonly translate?: DbtTranslator;
}

/**
 * The sources of a dbt project as external assets, with their descriptions, columns and freshness: how old what was last reported of
 * them may be. Give the same `translate` as to `dbtAssets`, so that models depend on them.
 *
 * @example
 * const project = dbtProject(`${import.meta.dirname}/../dbt`);
 * export const sources = dbtSources(project, { exclude: ({ name }) => name === "customer_scores" });
 */
export function dbtSources(
  { manifest }: DbtProject,
  { exclude = () => false, translate }: DbtSourcesOptions = {},
): readonly Asset[] {
  const sources = Object.values(manifest.sources).filter((source) => !exclude(source));
  return definedByCaller(dbtSources, () =>
    sources.map((source) => {
      const { key, ...attributes } = describeNode(manifest, source, translate);
      return externalAsset(key, { ...freshnessOf(source), ...attributes });
    }),
  );
}

/** A source that only warns never fails: its policy has no word for that, and says nothing. */
function freshnessOf({ freshness: said }: DbtSource): object {
  const failSeconds = secondsOf(said?.error_after);
  const warnSeconds = secondsOf(said?.warn_after);
  if (failSeconds === null) return {};
  const warns = warnSeconds !== null && warnSeconds < failSeconds;
  return { freshnessPolicy: freshness.timeWindow({ failSeconds, ...(warns ? { warnSeconds } : {}) }) };
}

function secondsOf(
  span:
    | { readonly count?: number | null | undefined; readonly period?: string | null | undefined }
    | null
    | undefined,
): number | null {
  const unit = SECONDS[span?.period ?? ""];
  return unit === undefined || !span?.count ? null : unit * span.count;
}
