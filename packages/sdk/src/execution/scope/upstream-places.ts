import type { AssetKey } from "@millrace/model/asset-key";
import { placeName, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import { comparedPartitions } from "@millrace/model/data-versions/compared-partitions";
import type { VersionedAsset, VersionGraph } from "@millrace/model/data-versions/version-facts";
import { listInputs } from "@millrace/model/data-versions/versioned-inputs";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { parseStepKey } from "@millrace/model/steps/step-key";
import type { Asset, AssetDependency } from "../../assets/asset-definition.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { ExecutionPlan, PlannedStep } from "../plan/execution-plan.ts";
import type { RunInfo } from "./run-info.ts";

/** The definitions and the time (milliseconds since the epoch) that decide what something is made from. */
export interface UpstreamView {
  readonly definitions: ResolvedDefinitions;
  readonly now: number;
}

/** The definitions of this code location, as far as the rules of versions go. */
export function versionGraphOf(view: UpstreamView): VersionGraph {
  const { assets } = view.definitions;
  return {
    findAsset(key) {
      const asset = assets.get(key as AssetKey);
      return asset ? versionedAsset(asset) : null;
    },
    dependencyPartitions(key, partition, dep) {
      const asset = assets.get(key as AssetKey);
      const dependency = asset?.dependencies.find((each) => each.key === dep);
      return asset && dependency
        ? upstreamOf(view, asset.partitions ?? null, partition, dependency)
        : AS_A_WHOLE;
    },
  };
}

function versionedAsset(asset: Asset): VersionedAsset {
  const { dependencies, codeVersion, computation, partitions, isVirtual } = asset;
  return {
    deps: dependencies.map((dependency) => dependency.key),
    codeVersion,
    isExternal: computation?.kind !== "materialize",
    // Of an asset made elsewhere only those that depend on it may know the partitions: their edges say whether it has any.
    isPartitioned: computation === null || partitions !== undefined,
    isVirtual,
  };
}

/** The partitions of a dependency whose versions count for a partition of what is made from it, see `comparedPartitions`. */
function upstreamOf(
  { definitions, now }: UpstreamView,
  downstream: PartitionsDefinition | null,
  partition: string | null,
  dependency: AssetDependency,
): readonly (string | null)[] {
  const upstream = definitions.assets.get(dependency.key)?.partitions ?? dependency.partitions ?? null;
  if (upstream === null) return AS_A_WHOLE;
  return comparedPartitions({ upstream, downstream, mapping: dependency.partitionMapping }, partition, now);
}

/** The same for all partitions that a step makes or checks. */
export function upstreamOfStep(
  view: UpstreamView,
  planned: PlannedStep,
  dependency: AssetDependency,
): Set<string | null> {
  const partitions = planned.partitionKeys ?? AS_A_WHOLE;
  return new Set(partitions.flatMap((each) => upstreamOf(view, planned.partitions, each, dependency)));
}

/**
 * All that a step is made from, also what it sees through virtual assets. The assets as a whole are always among it: they say
 * whether there is anything at all.
 */
export function listUpstreamPlaces(view: UpstreamView, planned: PlannedStep): AssetPlace[] {
  const places = new Map<string, AssetPlace>();
  const add = (assetKey: string, partitions: Iterable<string | null>): void => {
    for (const partition of partitions) {
      const place = { assetKey, partition };
      places.set(placeName(place), place);
    }
  };
  for (const dependency of planned.dependencies)
    add(dependency.key, upstreamOfStep(view, planned, dependency).add(null));
  const isVirtual = (key: AssetKey): boolean => view.definitions.assets.get(key)?.isVirtual ?? false;
  if (!planned.dependencies.some(({ key }) => isVirtual(key))) return [...places.values()];
  const graph = versionGraphOf(view);
  const made = planned.outputs.flatMap(({ asset }) => asset?.key ?? []);
  for (const asset of made)
    for (const each of planned.partitionKeys ?? AS_A_WHOLE)
      for (const { key, partitions } of listInputs(graph, asset, each).values())
        add(key, [...partitions, null]);
  return [...places.values()];
}

/** What the steps of a run are made from and the run does not make itself. */
export function listOutsidePlaces(view: UpstreamView, plan: ExecutionPlan, run: RunInfo): AssetPlace[] {
  const steps = stepsToRun(plan, run);
  const own = new Set(steps.flatMap((planned) => listMadePlaces(planned)).map(placeName));
  const places = new Map<string, AssetPlace>();
  for (const planned of steps) {
    for (const place of listUpstreamPlaces(view, planned))
      if (!own.has(placeName(place))) places.set(placeName(place), place);
  }
  return [...places.values()];
}

/** The steps that this run will still run: not those that were left out, nor those that an earlier attempt has finished. */
function stepsToRun({ steps, stepSelection }: ExecutionPlan, { history }: RunInfo): PlannedStep[] {
  const selected = stepSelection && new Set(stepSelection.map((key) => parseStepKey(key).stepKey));
  const finished = new Set(history?.resume?.finished.map(({ stepKey }) => stepKey));
  return [...steps.values()].filter(
    ({ key }) => !finished.has(key) && (selected === null || selected.has(key)),
  );
}

/** What a step makes for certain; an observation may tell nothing of the version. */
function listMadePlaces(planned: PlannedStep): AssetPlace[] {
  if (planned.kind !== "asset") return [];
  return planned.outputs.flatMap(({ asset, required }) =>
    asset && required
      ? [null, ...(planned.partitionKeys ?? [])].map((partition) => ({ assetKey: asset.key, partition }))
      : [],
  );
}

const AS_A_WHOLE: readonly null[] = [null];
