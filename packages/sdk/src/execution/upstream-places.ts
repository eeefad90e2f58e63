import { placeName, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import { comparedPartitions } from "@millrace/model/data-versions/compared-partitions";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { parseStepKey } from "@millrace/model/steps/step-key";
import type { AssetDependency } from "../assets/asset-definition.ts";
import type { ResolvedDefinitions } from "../definitions/resolve.ts";
import type { ExecutionPlan, PlannedStep } from "./execution-plan.ts";
import type { RunInfo } from "./run-scope.ts";

/** The definitions and the time (milliseconds since the epoch) that decide what something is made from. */
export interface UpstreamView {
  readonly definitions: ResolvedDefinitions;
  readonly now: number;
}

/** How an asset that something depends on is partitioned, as far as this code location knows; null: it is not. */
export function upstreamPartitions(
  { definitions }: UpstreamView,
  dependency: AssetDependency,
): PartitionsDefinition | null {
  return definitions.assets.get(dependency.key)?.partitions ?? dependency.partitions ?? null;
}

/** The partitions of a dependency whose versions count for a partition of what is made from it, see `comparedPartitions`. */
export function upstreamOf(
  view: UpstreamView,
  downstream: PartitionsDefinition | null,
  partition: string | null,
  dependency: AssetDependency,
): readonly (string | null)[] {
  const upstream = upstreamPartitions(view, dependency);
  if (upstream === null) return AS_A_WHOLE;
  return comparedPartitions(
    { upstream, downstream, mapping: dependency.partitionMapping },
    partition,
    view.now,
  );
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

/** All that a step is made from. The assets as a whole are always among it: they say whether there is anything at all. */
export function listUpstreamPlaces(view: UpstreamView, planned: PlannedStep): AssetPlace[] {
  return planned.dependencies.flatMap((dependency) =>
    [...upstreamOfStep(view, planned, dependency).add(null)].map((partition) => ({
      assetKey: dependency.key,
      partition,
    })),
  );
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
