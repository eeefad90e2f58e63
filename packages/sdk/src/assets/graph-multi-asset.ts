import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { Computation } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import { recordBody } from "../graphs/composition.ts";
import type { GraphBody } from "../graphs/graph-definition.ts";
import { createHandle, type Handle } from "../graphs/handle.ts";
import type { Asset, Dependencies } from "./asset-definition.ts";
import type { SpecKey, SpecMap, SpecPartitions, SpecValue } from "./asset-spec.ts";
import { inOrder, type OrderInput } from "./dependency.ts";
import { createMultiAsset, type MultiAsset } from "./create-multi-asset.ts";
import type { RequireCompatiblePartitions } from "./dependency-values.ts";
import type { DependencyHandles } from "./graph-asset.ts";
import type { MultiAssetContext, MultiAssetValues } from "./multi-asset.ts";

/** How assets that one graph makes are described; config, resources, retries and hooks are those of its ops. */
export interface GraphMultiAssetOptions<S, D, P> {
  readonly assets: S;
  readonly description?: string;
  /** Assets whose values the graph receives: one after the other, or in one object under these names. */
  readonly deps?: D;
  /** Assets that only come first: definitions, or keys. */
  readonly after?: readonly OrderInput[];
  readonly partitions?: P;
  /** Whether a run may ask for some of the assets only; it then runs the ops that these need. Default: false. */
  readonly canSubset?: boolean;
}

/** The values that the ops of a graph made, by the name of the asset; what an optional output left out is not there. */
export type GraphValues<H> = { readonly [K in keyof H]?: H[K] extends Handle<infer V> ? V : never };

/** What `finish` returns: of what the graph's ops have left out, it has nothing to return. */
type FinishedValues<S extends SpecMap> = MultiAssetValues<S, undefined, true>;

/**
 * Declares several assets that one graph of ops makes. `body` is run once, at definition: it receives handles of the
 * dependencies' values, calls ops and graphs, and returns a handle for each asset. Each op is a step `name.op` of its own; the
 * step `name` comes last and stores the assets. An asset whose op leaves its output out must be `required: false`. Specs have `after`
 * of their own, but no `deps`.
 *
 * @param finish Makes of what the graph returned what is stored and reported. Default: these are the assets' values.
 *
 * @example
 * const readShop = op("read_shop", () => ({ orders: [1, 2], users: ["ada"] }));
 * const pickOrders = op("pick_orders", (_context, shop: { orders: number[] }) => shop.orders);
 * const pickUsers = op("pick_users", (_context, shop: { users: string[] }) => shop.users);
 * const shop = graphMultiAsset("shop", { assets: { orders: assetSpec<number[]>(), users: assetSpec<string[]>() } }, () => {
 *   const read = readShop();
 *   return { orders: pickOrders(read), users: pickUsers(read) };
 * });
 * export const { orders, users } = shop.assets;
 */
export function graphMultiAsset<
  const S extends SpecMap,
  const D extends Dependencies = [],
  P extends PartitionsDefinition | undefined = undefined,
>(
  name: string,
  options: GraphMultiAssetOptions<S, D, P> & RequireCompatiblePartitions<D, P>,
  body: (...inputs: DependencyHandles<D, P>) => {
    readonly [K in keyof S]: Handle<SpecValue<S[K]>>;
  },
): MultiAsset<
  { readonly [K in keyof S]: Asset<SpecValue<S[K]>, SpecPartitions<S[K], P>, SpecKey<S[K], K>, undefined> },
  undefined
>;
export function graphMultiAsset<
  const S extends SpecMap,
  H extends { readonly [K in keyof S]: Handle },
  const D extends Dependencies = [],
  P extends PartitionsDefinition | undefined = undefined,
>(
  name: string,
  options: GraphMultiAssetOptions<S, D, P> & RequireCompatiblePartitions<D, P>,
  body: (...inputs: DependencyHandles<D, P>) => H,
  finish: (
    context: MultiAssetContext<S, undefined, {}, P>,
    values: GraphValues<H>,
  ) => FinishedValues<NoInfer<S>> | Promise<FinishedValues<NoInfer<S>>>,
): MultiAsset<
  { readonly [K in keyof S]: Asset<SpecValue<S[K]>, SpecPartitions<S[K], P>, SpecKey<S[K], K>, undefined> },
  undefined
>;
export function graphMultiAsset(
  name: string,
  options: GraphMultiAssetOptions<SpecMap, Dependencies, PartitionsDefinition | undefined>,
  body: (...inputs: Handle[]) => Readonly<Record<string, Handle>>,
  finish: Computation["compute"] = (_context, values) => values,
): MultiAsset {
  const source = captureSourcePosition(graphMultiAsset);
  const where = () => describeDefinition("graph multi-asset", name, { source });
  const inputs = Object.keys(options.deps ?? []).map((_, index) =>
    createHandle({ kind: "graph_input", index }),
  );
  const graph = recordBody(where, () => inOrder(options.deps, body)(...inputs));
  checkOutputs(where, graph, new Set(Object.keys(options.assets)));
  for (const [asset, { deps }] of Object.entries(options.assets)) {
    if (deps === undefined) continue;
    throw new DefinitionError(
      "invalid_option",
      `${where}: its asset "${asset}" has \`deps\`, whose values no op could receive: name them in \`deps\` of the graph, or in \`after\``,
    );
  }
  const step = createComputation("graph multi-asset", name, {}, finish, source);
  return createMultiAsset(name, options, step, graph);
}

function checkOutputs(where: () => string, { outputs }: GraphBody, names: ReadonlySet<string>): void {
  const wrong = (problem: string): DefinitionError =>
    new DefinitionError("invalid_graph", `${where()}: ${problem}`);
  for (const name of names) {
    const binding = outputs.get(name);
    if (binding === undefined) throw wrong(`the body returns no handle for its asset "${name}"`);
    if (binding.kind !== "single" || binding.sources[0]?.kind !== "output")
      throw wrong(`the body must return for "${name}" what one of its ops returned`);
  }
  for (const name of outputs.keys())
    if (!names.has(name)) throw wrong(`the body returns "${name}", which is none of its assets`);
}
