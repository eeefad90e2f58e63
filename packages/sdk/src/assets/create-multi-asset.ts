import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import type { Computation } from "../computation/computation.ts";
import type { TakesConfig } from "../config/config-schema.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import type { GraphBody } from "../graphs/graph-definition.ts";
import type { Asset, AssetComputation, Dependencies } from "./asset-definition.ts";
import type { SpecMap } from "./asset-spec.ts";
import { createAsset } from "./create-asset.ts";
import { toDependencies, type OrderInput } from "./dependency.ts";
import { specDependencies, specKeys, type MultiAssetScope } from "./spec-dependencies.ts";

/** The assets that one step makes together; `C` is the schema of its config. */
export interface MultiAsset<
  A extends Readonly<Record<string, Asset>> = Readonly<Record<string, Asset>>,
  C = unknown,
>
  extends Definition<"multi_asset">, TakesConfig<C> {
  readonly name: string;
  readonly assets: A;
}

/** What the assets of a step or graph have in common. */
interface MultiAssetParts {
  readonly assets: SpecMap;
  readonly deps?: Dependencies;
  readonly after?: readonly OrderInput[];
  readonly partitions?: PartitionsDefinition | undefined;
  readonly backfill?: BackfillPolicy | undefined;
  readonly canSubset?: boolean;
}

/**
 * Makes the frozen definition of assets that a step makes together.
 *
 * @param graph The graph whose result the step receives; null: it receives the values of `deps`.
 * @throws DefinitionError when an attribute of an asset is not allowed.
 */
export function createMultiAsset(
  name: string,
  { assets, deps, after, partitions, backfill, canSubset = false }: MultiAssetParts,
  step: Computation,
  graph: GraphBody | null,
): MultiAsset {
  const { source } = step;
  const specs = Object.entries(assets);
  const outputs = new Map<string, Asset>();
  const scope: MultiAssetScope = { name, source, outputs, keys: specKeys(assets) };
  const computation: AssetComputation = Object.freeze({
    ...step,
    kind: "materialize",
    stepKey: name,
    dependencies: toDependencies(deps, after),
    outputs,
    optionalOutputs: new Set(specs.filter(([, spec]) => spec.required === false).map(([output]) => output)),
    canSubset,
    graph,
  });
  const isPartitioned = partitions !== undefined || specs.every(([, spec]) => spec.partitions === undefined);
  for (const [output, key] of scope.keys) {
    const spec = assets[output] ?? {};
    // The policy of the step is for those of its assets that have partitions.
    const shared = isPartitioned || spec.partitions !== undefined ? backfill : undefined;
    outputs.set(
      output,
      createAsset(key, spec, {
        partitions: spec.partitions ?? partitions,
        backfillPolicy: spec.backfill ?? shared,
        checks: spec.checks ?? [],
        schema: spec.schema,
        dependencies: specDependencies(scope, output, spec, computation.dependencies),
        computation,
        ioManager: spec.ioManager ?? null,
        source,
      }),
    );
  }
  checkMadeTogether(scope, computation);
  return Object.freeze({
    [DEFINITION]: "multi_asset",
    source,
    name,
    assets: Object.freeze(Object.fromEntries(outputs)),
  } as const);
}

/** One call of the code makes assets that are partitioned alike: others take a step that can be run in parts. */
function checkMadeTogether(scope: MultiAssetScope, computation: AssetComputation): void {
  const [first, ...others] = computation.outputs;
  const other = others.find(([, asset]) => first !== undefined && !isMadeAlike(first[1], asset));
  if (first === undefined || other === undefined) return;
  const refuse = (problem: string): DefinitionError =>
    new DefinitionError(
      "incompatible_partitions",
      `${describeDefinition("multi-asset", scope.name, scope)}: its assets "${first[0]}" and "${other[0]}" differ in their partitions or backfill policies, ${problem}`,
    );
  if (!computation.canSubset)
    throw refuse(
      "which one call can't make: give it `canSubset: true`, and have its code make what is selected",
    );
  if (computation.dependencies.some(({ loadsValue }) => loadsValue))
    throw refuse(
      "so it can't tell which values of its `deps` belong to both: put them into `deps` of its assets",
    );
}

/** Whether one call may make both assets. */
export function isMadeAlike(one: Asset, other: Asset): boolean {
  const { partitions, backfillPolicy } = one;
  const isAlike =
    partitions === other.partitions ||
    (partitions !== undefined &&
      other.partitions !== undefined &&
      isSamePartitions(partitions, other.partitions));
  return isAlike && JSON.stringify(backfillPolicy) === JSON.stringify(other.backfillPolicy);
}
