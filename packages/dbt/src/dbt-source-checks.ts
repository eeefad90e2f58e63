import {
  assetRef,
  definedByCaller,
  Failure,
  multiAssetCheck,
  type AssetCheckSpec,
  type MultiAssetCheck,
  type StepContext,
} from "millrace";
import { toCheckResult } from "./build-results.ts";
import { InvalidDbtAssets } from "./dbt-errors.ts";
import type { FinishedNode } from "./dbt-log.ts";
import type { DbtProject } from "./dbt-project.ts";
import { checkNameOf, describeTest } from "./dbt-tests.ts";
import { logEntry } from "./log-entry.ts";
import type { DbtNode, DbtSource } from "./manifest.ts";
import { runDbt } from "./run-dbt.ts";
import { selectNodes } from "./select-nodes.ts";
import { keyOf, type DbtTranslator } from "./translate.ts";

/** Which tests of sources become checks. */
export interface DbtSourceChecksOptions {
  /** The name of the step that evaluates them. */
  readonly name: string;
  /** Which not. Default: none. */
  readonly exclude?: (test: DbtNode) => boolean;
  readonly vars?: (context: StepContext) => Readonly<Record<string, unknown>>;
  /** That of `dbtSources`. */
  readonly translate?: DbtTranslator;
}

/**
 * The tests of a dbt project that read sources only, as checks of these: one `dbt test` evaluates those that a run asks for.
 *
 * @example
 * const project = dbtProject(`${import.meta.dirname}/../dbt`);
 * export const sourceChecks = dbtSourceChecks(project, { name: "dbt_sources" });
 *
 * @throws InvalidDbtAssets when there is no such test.
 */
export function dbtSourceChecks(project: DbtProject, options: DbtSourceChecksOptions): MultiAssetCheck {
  const { manifest } = project;
  const { name, exclude = () => false, translate } = options;
  const tests = Object.values(manifest.nodes).flatMap((test) => {
    const source = sourceOf(project, test);
    return source === undefined || exclude(test) ? [] : [{ test, source }];
  });
  if (tests.length === 0)
    throw new InvalidDbtAssets(
      `"${name}": the dbt project in ${project.folder} has no test that reads sources only`,
    );
  const ids = new Map(tests.map(({ test }) => [test.name, test.unique_id]));
  const checks: Record<string, AssetCheckSpec> = Object.fromEntries(
    tests.map(({ test, source }) => [
      test.name,
      { name: checkNameOf(test), asset: assetRef(keyOf(source, translate)), ...describeTest(test) },
    ]),
  );
  return definedByCaller(dbtSourceChecks, () =>
    multiAssetCheck(name, { checks }, async (context) => {
      const wanted = new Map([...ids].filter(([check]) => context.selectedChecks.has(check)));
      const vars = options.vars?.(context);
      const finished = new Map<string, FinishedNode>();
      const args = [
        "test",
        ...selectNodes(manifest, new Set(wanted.values())),
        ...(vars === undefined ? [] : ["--vars", JSON.stringify(vars)]),
      ];
      const { output } = await runDbt(context, project, args, (entry) => {
        logEntry(context, entry);
        if (entry.finished !== null) finished.set(entry.finished.id, entry.finished);
      });
      if (finished.size === 0) throw new Failure(`dbt ran no test:\n${output.slice(-2_000)}`);
      const results = [...wanted].flatMap(([check, id]) => {
        const result = finished.get(id);
        const evaluated = result === undefined ? null : toCheckResult(result);
        return evaluated === null ? [] : [[check, evaluated] as const];
      });
      return Object.fromEntries(results);
    }),
  );
}

/** The first source that a test reads, if it reads sources only. */
function sourceOf({ manifest }: DbtProject, test: DbtNode): DbtSource | undefined {
  if (test.resource_type !== "test") return undefined;
  const sources = test.depends_on.nodes.map((id) => manifest.sources[id]);
  return sources.includes(undefined) ? undefined : sources[0];
}
