import {
  assetRef,
  definedByCaller,
  Failure,
  multiAsset,
  type AssetSpec,
  type BackfillPolicy,
  type MultiAsset,
  type MultiAssetContext,
  type PartitionsDefinition,
  type RetryPolicy,
} from "millrace";
import { buildResults, type BuildResults } from "./build-results.ts";
import { InvalidDbtAssets } from "./dbt-errors.ts";
import type { FinishedNode } from "./dbt-log.ts";
import type { DbtProject } from "./dbt-project.ts";
import { testsOf, type DbtTest } from "./dbt-tests.ts";
import { describeNode } from "./describe-node.ts";
import { explainFailure } from "./explain-failure.ts";
import { isAssetNode, parentsOf, type DbtNode } from "./manifest.ts";
import { logEntry } from "./log-entry.ts";
import { runDbt } from "./run-dbt.ts";
import { selectNodes } from "./select-nodes.ts";
import { findNode, keyOf, nodeName, type DbtTranslator } from "./translate.ts";

/** What `vars` and `args` are told of the step: its partitions, among others. */
export type DbtContext<
  P extends PartitionsDefinition | undefined,
  B extends BackfillPolicy | undefined,
> = MultiAssetContext<Readonly<Record<string, AssetSpec<void>>>, undefined, {}, P, B>;

/** Which nodes of a project become assets, and how they are made. */
export interface DbtAssetsOptions<
  P extends PartitionsDefinition | undefined,
  B extends BackfillPolicy | undefined,
> {
  /** The name of the step that makes them. */
  readonly name: string;
  /** Which models, seeds and snapshots. Default: all. */
  readonly select?: (node: DbtNode) => boolean;
  /** Which of these not. Default: none. */
  readonly exclude?: (node: DbtNode) => boolean;
  readonly partitions?: P;
  /** How many partitions one run of dbt makes. Default: one. */
  readonly backfill?: B;
  /** The variables of the project, from the partitions to make. Must be there when there are partitions. */
  readonly vars?: (context: DbtContext<P, B>) => Readonly<Record<string, unknown>>;
  /** More arguments of `dbt build`, such as `--full-refresh`. */
  readonly args?: (context: DbtContext<P, B>) => readonly string[];
  /** What assets are called, and all that is shown of them, in place of what follows from the project. */
  readonly translate?: DbtTranslator;
  readonly retryPolicy?: RetryPolicy;
  readonly timeoutSeconds?: number;
  readonly pool?: string;
}

/**
 * The models, seeds and snapshots of a dbt project as assets, and their tests as checks. A run makes those that are asked for by one
 * `dbt build`, or by one for each part of them that other assets come between.
 *
 * @example
 * const project = dbtProject(`${import.meta.dirname}/../dbt`);
 * export const shop = dbtAssets(project, {
 *   name: "shop",
 *   partitions: daily({ start: "2026-01-01" }),
 *   vars: ({ partitionKey }) => ({ day: partitionKey }),
 * });
 *
 * @throws InvalidDbtAssets when nothing is selected, or there are partitions of which dbt would hear nothing.
 */
export function dbtAssets<
  P extends PartitionsDefinition | undefined = undefined,
  B extends BackfillPolicy | undefined = undefined,
>(project: DbtProject, options: DbtAssetsOptions<P, B>): MultiAsset {
  const { name, partitions, backfill, vars, translate } = options;
  if (partitions !== undefined && vars === undefined)
    throw new InvalidDbtAssets(
      `"${name}" has partitions, but no \`vars\`: say how dbt learns which ones to make, such as \`vars: ({ partitionKey }) => ({ day: partitionKey })\``,
    );
  const { manifest } = project;
  const nodes = selectAssets(project, options);
  const names = nameNodes(nodes);
  const tests = testsOf(manifest, (id) => names.has(id));
  const assets: Record<string, AssetSpec<void>> = {};
  for (const node of nodes) {
    const after = [...parentsOf(manifest, node)].map((id) => {
      const parent = findNode(manifest, id);
      return names.get(id) ?? assetRef(parent === undefined ? id : keyOf(parent, translate));
    });
    assets[names.get(node.unique_id) ?? node.name] = {
      ...describeNode(manifest, node, translate),
      after,
      checks: tests.filter(({ nodeId }) => nodeId === node.unique_id).map(({ check }) => check),
    };
  }
  const ids = new Map([...names].map(([id, output]) => [output, id]));
  return definedByCaller(dbtAssets, () =>
    multiAsset(
      name,
      {
        assets,
        canSubset: true,
        ...(partitions === undefined ? {} : { partitions }),
        ...(backfill === undefined ? {} : { backfill }),
        ...(options.retryPolicy === undefined ? {} : { retryPolicy: options.retryPolicy }),
        ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: options.timeoutSeconds }),
        ...(options.pool === undefined ? {} : { pool: options.pool }),
      },
      (context) => build(context as DbtContext<P, B>, project, options, { ids, tests }),
    ),
  );
}

function selectAssets(
  { manifest, folder }: DbtProject,
  {
    name,
    select = () => true,
    exclude = () => false,
  }: Pick<DbtAssetsOptions<undefined, undefined>, "name" | "select" | "exclude">,
): readonly DbtNode[] {
  const nodes = Object.values(manifest.nodes).filter(
    (node) => isAssetNode(node) && select(node) && !exclude(node),
  );
  if (nodes.length === 0)
    throw new InvalidDbtAssets(
      `"${name}" selects no model, seed or snapshot of the dbt project in ${folder}`,
    );
  return nodes;
}

/** The names of nodes among the outputs of their step, by id: the node's own, unless a package has another one of that name. */
function nameNodes(nodes: readonly DbtNode[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(nodeName(node), (counts.get(nodeName(node)) ?? 0) + 1);
  return new Map(
    nodes.map((node) => {
      const own = nodeName(node);
      const unique = counts.get(own) === 1 ? own : `${node.package_name}_${own}`;
      return [node.unique_id, unique.replaceAll(/\W/g, "_")];
    }),
  );
}

async function build<P extends PartitionsDefinition | undefined, B extends BackfillPolicy | undefined>(
  context: DbtContext<P, B>,
  project: DbtProject,
  options: DbtAssetsOptions<P, B>,
  { ids, tests }: { readonly ids: ReadonlyMap<string, string>; readonly tests: readonly DbtTest[] },
): Promise<BuildResults["made"]> {
  const wanted = new Map([...ids].filter(([output]) => context.selectedAssets.has(output)));
  const wantedIds = new Set(wanted.values());
  const wantedTests = tests.filter(({ nodeId }) => wantedIds.has(nodeId));
  const all = new Set([...wantedIds, ...wantedTests.map(({ id }) => id)]);
  const vars = options.vars?.(context);
  const finished = new Map<string, FinishedNode>();
  const args = [
    "build",
    ...selectNodes(project.manifest, all),
    ...(vars === undefined ? [] : ["--vars", JSON.stringify(vars)]),
    ...(options.args?.(context) ?? []),
  ];
  const outcome = await runDbt(context, project, args, (entry) => {
    logEntry(context, entry);
    if (entry.finished !== null) finished.set(entry.finished.id, entry.finished);
  });
  const { made, notMade } = buildResults(wanted, wantedTests, finished);
  const { manifest } = project;
  const why = explainFailure({ manifest, wanted, tests: wantedTests, finished, notMade, outcome });
  if (why === null) return made;
  throw new Failure(why, { made });
}
