import type { AssetKey } from "@millrace/model/asset-key";
import { evaluateAssetSelection } from "@millrace/model/selection/evaluate-asset-selection";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { parseLenientAssetSelection } from "@millrace/model/selection/lenient-asset-selection";
import type { Asset, AssetComputation } from "../assets/asset-definition.ts";
import type { AssetChanges } from "../assets/asset-attributes.ts";
import { changeAsset, changeComputation, type StepChanges } from "../assets/change-asset.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { Job } from "../jobs/job.ts";
import { checkSelection, type SelectionInput } from "../jobs/selection-input.ts";
import { toAssetGraph } from "../jobs/select-targets.ts";
import type { Definitions } from "./gathered.ts";

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

function selectKeys(definitions: Definitions, selection: SelectionInput): ReadonlySet<string> {
  checkSelection(() => "mapAssets(…)", "selection", selection);
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
