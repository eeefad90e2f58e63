import {
  assetObservation,
  assetRef,
  definedByCaller,
  Failure,
  multiAssetCheck,
  type AssetCheckSpec,
  type MultiAssetCheck,
  type StepContext,
} from "millrace";
import { InvalidDbtAssets } from "./dbt-errors.ts";
import type { DbtLogEntry, FinishedNode } from "./dbt-log.ts";
import type { DbtProject } from "./dbt-project.ts";
import { type FreshnessResult, readFreshnessResults } from "./freshness-results.ts";
import { logEntry } from "./log-entry.ts";
import type { DbtSource } from "./manifest.ts";
import { runDbt } from "./run-dbt.ts";
import { keyOf, type DbtTranslator } from "./translate.ts";

/** Which sources are asked how fresh they are. */
export interface DbtSourceFreshnessOptions {
  /** The name of the step that asks. */
  readonly name: string;
  /** Which not. Default: none. */
  readonly exclude?: (source: DbtSource) => boolean;
  readonly vars?: (context: StepContext) => Readonly<Record<string, unknown>>;
  /** That of `dbtSources`. */
  readonly translate?: DbtTranslator;
}

/**
 * A check `freshness` of each source of a dbt project that says how fresh it must be: one `dbt source freshness` for those that a
 * run asks for. What dbt finds is an observation of the source, too: its metadata `last_updated_timestamp` is when the newest row was
 * loaded, and so is its data version, by which what is made from it is out of date. Something must run it, such as a schedule.
 *
 * @example
 * const project = dbtProject(`${import.meta.dirname}/../dbt`);
 * const fresh = dbtSourceFreshness(project, { name: "dbt_freshness" });
 * const ask = job("ask_sources", { selection: Object.values(fresh.checks) });
 * export const hourly = schedule("hourly", { cron: "0 * * * *", job: ask });
 *
 * @throws InvalidDbtAssets when no source says so.
 */
export function dbtSourceFreshness(project: DbtProject, options: DbtSourceFreshnessOptions): MultiAssetCheck {
  const { name, exclude = () => false, translate } = options;
  const sources = Object.values(project.manifest.sources).filter(
    (source) => hasLimit(source) && !exclude(source),
  );
  if (sources.length === 0)
    throw new InvalidDbtAssets(
      `"${name}": no source of the dbt project in ${project.folder} has a \`freshness\` with \`warn_after\` or \`error_after\``,
    );
  const refs = new Map(sources.map((source) => [source.unique_id, assetRef(keyOf(source, translate))]));
  const checks: Record<string, AssetCheckSpec> = Object.fromEntries(
    [...refs].map(([id, asset]) => [
      id,
      { asset, name: "freshness", description: "Whether its newest row is as young as dbt wants." },
    ]),
  );
  return definedByCaller(dbtSourceFreshness, () =>
    multiAssetCheck(name, { checks }, async (context) => {
      const wanted = sources.filter(({ unique_id }) => context.selectedChecks.has(unique_id));
      const vars = options.vars?.(context);
      const args = [
        "source",
        "freshness",
        "--select",
        ...wanted.map((source) => `source:${source.package_name}.${source.source_name}.${source.name}`),
        ...(vars === undefined ? [] : ["--vars", JSON.stringify(vars)]),
      ];
      const finished = new Map<string, FinishedNode>();
      const take = (entry: DbtLogEntry): void => {
        logEntry(context, entry);
        if (entry.finished !== null) finished.set(entry.finished.id, entry.finished);
      };
      const { output, artifact } = await runDbt(context, project, args, take, "sources.json");
      if (artifact === null) throw new Failure(`dbt asked no source:\n${output.slice(-2_000)}`);
      const found = readFreshnessResults(artifact);
      const results = wanted.flatMap(({ unique_id: id }) => {
        const asset = refs.get(id);
        // What could not be asked stands in the log alone.
        const { dataVersion, check } = found.get(id) ?? unanswered(finished.get(id));
        if (asset !== undefined && dataVersion !== null)
          context.report(assetObservation(asset, { dataVersion, metadata: check.metadata ?? {} }));
        return [[id, check] as const];
      });
      return Object.fromEntries(results);
    }),
  );
}

function unanswered(finished: FinishedNode | undefined): FreshnessResult {
  const description = finished?.message || "dbt did not say anything of it";
  return { dataVersion: null, check: { passed: false, severity: "ERROR", description } };
}

function hasLimit({ freshness }: DbtSource): boolean {
  return [freshness?.warn_after, freshness?.error_after].some((limit) => limit?.count != null);
}
