import { assetKey } from "@millrace/model/asset-key";
import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { Computation } from "../computation/computation.ts";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import type { GraphBody } from "../graphs/graph-definition.ts";
import type { Asset, AssetComputation, AssetRef, DependencyInput } from "./asset-definition.ts";
import type { SpecMap } from "./asset-spec.ts";
import { createAsset } from "./create-asset.ts";
import { toDependencies } from "./dependency.ts";

/** The assets that one step makes together. */
export interface MultiAsset<
  A extends Readonly<Record<string, Asset>> = Readonly<Record<string, Asset>>,
> extends Definition<"multi_asset"> {
  readonly name: string;
  readonly assets: A;
}

/** What the assets of a step or graph have in common. */
interface MultiAssetParts {
  readonly assets: SpecMap;
  readonly deps?: readonly DependencyInput[];
  readonly after?: readonly (Asset | AssetRef | string)[];
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
  for (const [output, spec] of specs) {
    outputs.set(
      output,
      createAsset(assetKey(spec.key ?? output), spec, {
        partitions,
        backfillPolicy: backfill,
        checks: spec.checks ?? [],
        dependencies: computation.dependencies,
        computation,
        ioManager: spec.ioManager ?? null,
        source,
      }),
    );
  }
  return Object.freeze({
    [DEFINITION]: "multi_asset",
    source,
    name,
    assets: Object.freeze(Object.fromEntries(outputs)),
  } as const);
}
