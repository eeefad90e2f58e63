import type { RetryPolicy } from "@millrace/model/retry-policy";
import type { AssetKey } from "@millrace/model/asset-key";
import { evaluateAssetSelection } from "@millrace/model/selection/evaluate-asset-selection";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { parseLenientAssetSelection } from "@millrace/model/selection/lenient-asset-selection";
import type { Asset, AssetComputation } from "../assets/asset-definition.ts";
import { createAsset, type AssetAttributes } from "../assets/create-asset.ts";
import type { ComputationOptions } from "../computation/computation.ts";
import { checkRetryPolicy } from "../computation/create-computation.ts";
import { checkKind } from "../definition/check-kind.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { Job } from "../jobs/job.ts";
import type { SelectionInput } from "../jobs/selection-input.ts";
import { toAssetGraph } from "../jobs/select-targets.ts";
import type { Definitions } from "./gathered.ts";

/**
 * What may be changed of an asset that is defined already; what is left out stays. `retryPolicy`, `hooks` and `pool` are those of
 * the step that makes it, so of a multi-asset they hold for all of its assets.
 */
export interface AssetChanges
  extends
    Omit<AssetAttributes, "renamedFrom">,
    Pick<ComputationOptions<undefined, {}>, "retryPolicy" | "hooks" | "pool"> {
  readonly ioManager?: IoManager;
}

/**
 * The same definitions with some of their assets changed, wherever they are named. For what holds for many assets at once, also
 * for those that somebody else's package has made.
 *
 * @param selection Which assets: definitions and keys, or a text such as `group:marts+`.
 * @param change What changes of one asset, which it is given.
 *
 * @example
 * const raw = asset("raw", { group: "sources" }, () => 1);
 * const shop = definitions({ assets: [raw] });
 * export const defs = mapAssets(shop, "group:sources", ({ tags }) => ({
 *   tags: { ...tags, team: "loading" },
 *   freshnessPolicy: freshness.timeWindow({ failSeconds: 86_400 }),
 * }));
 *
 * @throws DefinitionError when the selection can't be read, or a change makes no sense.
 */
export function mapAssets<D extends Definitions>(
  definitions: D,
  selection: SelectionInput,
  change: (asset: Asset) => AssetChanges,
): D;
export function mapAssets(
  definitions: Definitions,
  selection: SelectionInput,
  change: (asset: Asset) => AssetChanges,
): Definitions {
  const selected = selectKeys(definitions, selection);
  const changes = new Map<AssetKey, AssetChanges>();
  for (const asset of definitions.assets) if (selected.has(asset.key)) changes.set(asset.key, change(asset));
  return changeAssets(definitions, changes, (job) => job);
}

/** What changes of an asset, with what only defaults say of its step. */
export interface StepChanges extends AssetChanges {
  readonly fallbackRetryPolicy?: RetryPolicy;
}

/** The same definitions with changed assets, and jobs, wherever they are named. */
export function changeAssets(
  definitions: Definitions,
  changes: ReadonlyMap<AssetKey, StepChanges>,
  changeJob: (job: Job) => Job,
): Definitions {
  const computations = new Map<AssetComputation, AssetComputation>();
  const changed = new Map<AssetKey, Asset>();
  for (const asset of definitions.assets) {
    const { computation } = asset;
    if (computation !== null && !computations.has(computation))
      computations.set(computation, changeComputation(computation, changes, changed));
    if (computation === null && changes.has(asset.key))
      changed.set(asset.key, changeAsset(asset, changes.get(asset.key) ?? {}, null));
  }
  return replaceAssets(definitions, changed, changeJob);
}

/**
 * The same asset with other attributes, to be listed in its place.
 *
 * @example
 * export const urgent = withAttributes(rawOrders, { owners: ["team:shop"], retryPolicy: { maxRetries: 3 } });
 *
 * @throws DefinitionError for one that a multi-asset makes: its others would be made by another step. See `mapAssets`.
 */
export function withAttributes<A extends Asset>(asset: A, changes: AssetChanges): A {
  const { computation } = asset;
  if (computation === null) return changeAsset(asset, changes, null) as A;
  if (computation.outputs.size > 1)
    throw new DefinitionError(
      "invalid_option",
      `${describeDefinition("asset", asset.key, asset)} is made with others by step "${computation.stepKey}": change it with mapAssets(definitions, …)`,
    );
  const changed = new Map<AssetKey, Asset>();
  changeComputation(computation, new Map([[asset.key, changes]]), changed);
  return (changed.get(asset.key) ?? asset) as A;
}

function selectKeys(definitions: Definitions, selection: SelectionInput): ReadonlySet<string> {
  const graph = toAssetGraph(new Map(definitions.assets.map((asset) => [asset.key, asset])));
  const items = typeof selection === "string" ? [selection] : selection;
  try {
    return new Set(
      items.flatMap((item): string[] => {
        if (typeof item === "string")
          return [...evaluateAssetSelection(parseLenientAssetSelection(item, graph), graph)];
        return item[DEFINITION] === "asset" ? [item.key] : [];
      }),
    );
  } catch (error) {
    if (!(error instanceof InvalidSelection || error instanceof UnknownInSelection)) throw error;
    throw new DefinitionError("invalid_selection", `mapAssets(…): ${error.message}`, { cause: error });
  }
}

/** The step of assets of which some change; adds what becomes of each to `changed`. */
function changeComputation(
  computation: AssetComputation,
  changes: ReadonlyMap<AssetKey, StepChanges>,
  changed: Map<AssetKey, Asset>,
): AssetComputation {
  const assets = [...computation.outputs.values()];
  if (!assets.some(({ key }) => changes.has(key))) return computation;
  const outputs = new Map<string, Asset>();
  const steps = assets.map(({ key }): StepChanges => changes.get(key) ?? {});
  const { stepKey, source } = computation;
  const retryPolicy = steps.findLast((each) => each.retryPolicy !== undefined)?.retryPolicy;
  const made: AssetComputation = Object.freeze({
    ...computation,
    outputs,
    retryPolicy: checkRetryPolicy("step", stepKey, retryPolicy, source) ?? computation.retryPolicy,
    hooks: steps.findLast((each) => each.hooks !== undefined)?.hooks ?? computation.hooks,
    fallbackRetryPolicy:
      steps.findLast((each) => each.fallbackRetryPolicy !== undefined)?.fallbackRetryPolicy ??
      computation.fallbackRetryPolicy,
    pool: steps.findLast((each) => each.pool !== undefined)?.pool ?? computation.pool,
  });
  for (const [name, asset] of computation.outputs) {
    const next = changeAsset(asset, changes.get(asset.key) ?? {}, made);
    outputs.set(name, next);
    changed.set(asset.key, next);
  }
  return made;
}

function changeAsset(asset: Asset, changes: StepChanges, computation: AssetComputation | null): Asset {
  const {
    retryPolicy: _retryPolicy,
    fallbackRetryPolicy: _fallbackRetryPolicy,
    hooks,
    pool: _pool,
    ioManager = asset.ioManager,
    ...attributes
  } = changes;
  const where = () => describeDefinition("asset", asset.key, asset);
  hooks?.forEach((hook, index) => checkKind(where, `hooks[${index}]`, hook, "hook"));
  const { checks, dependencies, source, partitions } = asset;
  // Read as a new asset's are; of these, what was said takes the place of what was.
  const read = createAsset(asset.key, attributes, {
    checks,
    dependencies,
    source,
    partitions,
    computation,
    ioManager,
  });
  const said = Object.entries(read).filter(
    ([name]) => (attributes as Readonly<Record<string, unknown>>)[name] !== undefined,
  );
  return Object.freeze({ ...asset, ...Object.fromEntries(said), computation, ioManager });
}

/** Definitions with other assets of the same keys, also where jobs, schedules and sensors name them. */
function replaceAssets(
  definitions: Definitions,
  changed: ReadonlyMap<AssetKey, Asset>,
  changeJob: (job: Job) => Job,
): Definitions {
  const jobs = new Map<Job, Job>();
  const replaceJob = (before: Job): Job => {
    const known = jobs.get(before);
    if (known) return known;
    const job = changeJob(before);
    const { target } = job;
    const replaced =
      target.kind === "ops" || typeof target.selection === "string"
        ? job
        : Object.freeze({
            ...job,
            target: {
              ...target,
              selection: target.selection.map((item) =>
                typeof item !== "string" && item[DEFINITION] === "asset"
                  ? (changed.get(item.key) ?? item)
                  : item,
              ),
            },
          });
    jobs.set(before, replaced);
    return replaced;
  };
  return Object.freeze({
    ...definitions,
    assets: definitions.assets.map((asset) => changed.get(asset.key) ?? asset),
    jobs: definitions.jobs.map(replaceJob),
    schedules: definitions.schedules.map((schedule) =>
      Object.freeze({ ...schedule, job: replaceJob(schedule.job) }),
    ),
    sensors: definitions.sensors.map((sensor) =>
      Object.freeze({ ...sensor, jobs: sensor.jobs.map(replaceJob) }),
    ),
  });
}
