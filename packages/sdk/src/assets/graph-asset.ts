import { assetKey, assetStepName, type AssetKey } from "@millrace/model/asset-key";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { CheckSpec } from "./check-spec.ts";
import type { Computation } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import { recordBody, RESULT } from "../graphs/composition.ts";
import { createHandle, type Handle } from "../graphs/handle.ts";
import type { IoManager, RequireStorable } from "../io/io-manager.ts";
import type { AssetContext } from "./asset-context.ts";
import type { Asset, AssetComputation, Dependencies, DependencyInput, KeyText } from "./asset-definition.ts";
import { SINGLE_OUTPUT } from "./asset.ts";
import type { AssetResult, ResultValue } from "./asset-result.ts";
import type { AssetAttributes } from "./asset-attributes.ts";
import { createAsset } from "./create-asset.ts";
import type { SchemaInput, ValueOfSchema } from "./value-schema.ts";
import { inOrder, toDependencies, type OrderInput } from "./dependency.ts";
import type { DependencyValue, RequireCompatiblePartitions } from "./dependency-values.ts";

/** How an asset that a graph makes is described; config, resources, retries and hooks are those of its ops. */
export interface GraphAssetOptions<D, P, I = unknown, M = unknown> extends AssetAttributes {
  /** Assets whose values the graph receives: one after the other, or in one object under these names. */
  readonly deps?: D;
  /** Assets that only come first: definitions, or keys. */
  readonly after?: readonly OrderInput[];
  readonly partitions?: P;
  /** Checks whose results `finish` returns, see `checkSpec`. */
  readonly checks?: readonly CheckSpec[];
  /**
   * What the value must be: any Standard Schema, such as one of zod. The value is held against it before it is stored, and stored
   * as it was returned; the asset has a check `schema`, and the columns of rows that it describes.
   */
  readonly schema?: SchemaInput<I>;
  /** What stores its value, which must be of a type that it stores. Default: that of the code location. */
  readonly ioManager?: IoManager<M>;
}

/** What the body of a graph receives for what its asset depends on: a handle for each, or one object with all by name. */
export type DependencyHandles<
  D extends Dependencies,
  P extends PartitionsDefinition | undefined,
> = D extends readonly DependencyInput[]
  ? HandlesInOrder<D, P>
  : [inputs: { readonly [N in keyof D]: Handle<DependencyValue<D[N], P, undefined>> }];

type HandlesInOrder<D extends readonly DependencyInput[], P> = {
  -readonly [I in keyof D]: Handle<DependencyValue<D[I], P, undefined>>;
};

/**
 * Declares an asset that several ops make. `body` is run once, at definition: it receives handles of the dependencies'
 * values, calls ops and graphs, and returns the handle of the asset's value. Each op is a step `asset.op` of its own; the
 * step `asset` comes last and stores the value. All of them wait for the asset's dependencies. Only `finish` may ask for what is
 * known of these (`context.upstream`): ops know of values, not of assets.
 *
 * @param finish Makes of the graph's result what is stored and reported. Default: the result is the asset's value.
 *
 * @example
 * const raw = asset("raw", () => [3, 1, 2]);
 * const sort = op("sort", (_context, numbers: number[]) => numbers.toSorted((a, b) => a - b));
 * const median = op("median", (_context, numbers: number[]) => numbers[numbers.length >> 1] ?? 0);
 * export const middle = graphAsset("middle", { deps: [raw] }, (numbers) => median(sort(numbers)));
 */
export function graphAsset<
  V extends ValueOfSchema<I>,
  const D extends Dependencies = [],
  P extends PartitionsDefinition | undefined = undefined,
  I = unknown,
  const K extends string | readonly string[] = string,
  M = never,
>(
  key: K,
  options: GraphAssetOptions<D, P, I, M> & RequireCompatiblePartitions<D, P> & RequireStorable<M, V>,
  body: (...inputs: DependencyHandles<D, P>) => Handle<V>,
): Asset<V, P, KeyText<K>, undefined>;
export function graphAsset<
  V,
  U extends AssetResult<undefined, ValueOfSchema<I>>,
  const D extends Dependencies = [],
  P extends PartitionsDefinition | undefined = undefined,
  I = unknown,
  const K extends string | readonly string[] = string,
  M = never,
>(
  key: K,
  options: GraphAssetOptions<D, P, I, M> &
    RequireCompatiblePartitions<D, P> &
    RequireStorable<M, ResultValue<U>>,
  body: (...inputs: DependencyHandles<D, P>) => Handle<V>,
  finish: (context: AssetContext<undefined, {}, P>, value: V) => U,
): Asset<ResultValue<U>, P, KeyText<K>, undefined>;
export function graphAsset(
  keyInput: string | readonly string[],
  options: GraphAssetOptions<Dependencies, PartitionsDefinition | undefined>,
  body: (...inputs: Handle[]) => Handle,
  finish: Computation["compute"] = (_context, value) => value,
): Asset {
  const source = captureSourcePosition(graphAsset);
  const key: AssetKey = assetKey(keyInput);
  const where = () => describeDefinition("asset", key, { source });
  const inputs = Object.keys(options.deps ?? []).map((_, index) =>
    createHandle({ kind: "graph_input", index }),
  );
  const graph = recordBody(where, () => inOrder(options.deps, body)(...inputs));
  if (graph.outputs.get(RESULT)?.sources.some(({ kind }) => kind === "output") !== true) {
    throw new DefinitionError(
      "invalid_graph",
      `${where()}: the body must return what one of its ops returned`,
    );
  }
  const outputs = new Map<string, Asset>();
  const computation: AssetComputation = Object.freeze({
    ...createComputation("asset", key, {}, finish, source),
    kind: "materialize",
    stepKey: assetStepName(key),
    dependencies: toDependencies(options.deps, options.after),
    outputs,
    optionalOutputs: new Set<string>(),
    canSubset: false,
    graph,
  });
  const definition = createAsset(key, options, {
    partitions: options.partitions,
    checks: options.checks ?? [],
    schema: options.schema,
    dependencies: computation.dependencies,
    computation,
    ioManager: options.ioManager ?? null,
    source,
  });
  outputs.set(SINGLE_OUTPUT, definition);
  return definition;
}
