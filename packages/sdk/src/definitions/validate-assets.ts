import type { AssetKey } from "@millrace/model/asset-key";
import type { Asset } from "../assets/asset-definition.ts";
import { checkName, type CheckComputation } from "../checks/asset-check.ts";
import { explainTooManyPartitions } from "@millrace/model/partitions/partition-limit";
import { suggestNear } from "@millrace/model/near-names";
import { systemClock } from "@millrace/model/time/clock";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import { loadedPartitions } from "../assets/loaded-partitions.ts";
import type { Job } from "../jobs/job.ts";
import { selectTargets } from "../jobs/select-targets.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import type { ResolvedDefinitions } from "./resolved-definitions.ts";
import { validateSteps } from "./validate-steps.ts";

/**
 * Checks how definitions refer to each other: circles of assets and of steps, partitions that do not fit or are too many, checks
 * of assets that do not exist, steps with the same key, jobs that select nothing.
 *
 * @throws DefinitionError for the first thing that is wrong.
 */
export function validateAssets(resolved: ResolvedDefinitions): void {
  const cycle = findCycle(resolved.assets);
  if (cycle) {
    const places = cycle.map((asset) => describeDefinition("asset", asset.key, asset));
    const isTogether = cycle.some(({ computation }) => (computation?.outputs.size ?? 0) > 1);
    const mend = isTogether
      ? ". What only some assets of a multi-asset depend on belongs into `deps` and `after` of their `assetSpec`"
      : "";
    throw new DefinitionError(
      "dependency_cycle",
      `Assets depend on each other in a circle: ${[...places, `"${cycle[0]?.key}"`].join(" → ")}${mend}`,
    );
  }
  validateFormerKeys(resolved.assets);
  validateDependencies(resolved);
  validatePartitionCounts(resolved);
  const checkSteps = new Map<string, CheckComputation>();
  for (const check of resolved.checks.values()) {
    const asset = resolved.assets.get(check.assetKey);
    if (!asset) {
      throw new DefinitionError(
        "unknown_asset",
        `${describeDefinition("asset check", check.name, check)} checks asset "${check.assetKey}", which is not among the definitions${suggestNear(check.assetKey, resolved.assets.keys())}`,
      );
    }
    const inline = asset.checks.some((spec) => spec.name === check.name);
    if (inline) {
      throw new DefinitionError(
        "duplicate_definition",
        `${describeDefinition("asset check", checkName(check), check)} is also declared by ${describeDefinition("asset", asset.key, asset)} itself`,
      );
    }
    const other =
      resolved.computations.get(check.computation.stepKey) ?? checkSteps.get(check.computation.stepKey);
    checkSteps.set(check.computation.stepKey, check.computation);
    if (other && other !== check.computation) {
      throw new DefinitionError(
        "duplicate_step",
        `${describeDefinition("asset check", checkName(check), check)} and ${describeDefinition("step", check.computation.stepKey, other)} would share the step key "${check.computation.stepKey}": rename one of them`,
      );
    }
  }
  validateSteps(resolved);
  for (const job of resolved.jobs.values()) validateJob(resolved, job);
}

/** A key that an asset had before must not be that of another one: whose history would it be? */
function validateFormerKeys(assets: ReadonlyMap<AssetKey, Asset>): void {
  const takenBy = new Map<AssetKey, Asset>();
  for (const asset of assets.values()) {
    for (const former of asset.renamedFrom) {
      const other = assets.get(former) ?? takenBy.get(former);
      takenBy.set(former, asset);
      if (other === undefined) continue;
      throw new DefinitionError(
        "duplicate_definition",
        `${describeDefinition("asset", asset.key, asset)} says that it was called "${former}" before, which ${other.key === former ? "is the key of" : "another one says too:"} ${describeDefinition("asset", other.key, other)}: leave "${former}" out of the \`renamedFrom\` of one of them`,
      );
    }
  }
}

function validateJob(resolved: ResolvedDefinitions, job: Job): void {
  const where = () => describeDefinition("job", job.name, job);
  if (job.target.kind === "ops") {
    if (job.target.body.invocations.length > 0) return;
    throw new DefinitionError("empty_job", `${where()} calls no op`);
  }
  const { assets, checks } = selectTargets(resolved, job);
  if (assets.size === 0 && checks.size === 0) {
    throw new DefinitionError("empty_job", `${where()} selects no asset that can be made`);
  }
  const [first, ...others] = [...assets.values()].filter((asset) => asset.partitions !== undefined);
  const other = others.find((asset) => !isSame(asset.partitions, first?.partitions));
  if (first && other) {
    throw new DefinitionError(
      "incompatible_partitions",
      `${where()} selects assets that are partitioned differently, which one run can not make: ${describeDefinition("asset", first.key, first)} and ${describeDefinition("asset", other.key, other)}`,
    );
  }
}

function isSame(a: Asset["partitions"], b: Asset["partitions"]): boolean {
  return a === b || (a !== undefined && b !== undefined && isSamePartitions(a, b));
}

function validatePartitionCounts({ assets, jobs }: ResolvedDefinitions): void {
  const partitioned = [
    ...[...assets.values()].map((asset) => ["asset", asset.key, asset] as const),
    ...[...jobs.values()].map((job) => ["job", job.name, job] as const),
  ];
  for (const [what, name, definition] of partitioned) {
    if (!definition.partitions) continue;
    const where = () => describeDefinition(what, name, definition);
    const problem = explainTooManyPartitions(where, definition.partitions, systemClock.now());
    if (problem !== null) throw new DefinitionError("too_many_partitions", problem);
  }
}

/** Where nothing says which partitions of two assets belong together. */
function validateDependencies(resolved: ResolvedDefinitions): void {
  for (const asset of resolved.assets.values()) {
    for (const dependency of asset.dependencies) {
      const upstream = resolved.assets.get(dependency.key);
      const partitions = upstream?.partitions ?? dependency.partitions;
      if (
        !dependency.loadsValue ||
        loadedPartitions(partitions, asset.partitions, dependency.partitionMapping, false)
      )
        continue;
      throw new DefinitionError(
        "incompatible_partitions",
        `${describeDefinition("asset", asset.key, asset)} depends on ${describeDefinition("asset", dependency.key, upstream ?? null)}, whose partitions are of another kind: say with dep(…, { partitions: partitionMapping.… }) which ones belong together`,
      );
    }
  }
}

/** The assets of one circle of dependencies, each depending on the next one, or null. */
function findCycle(assets: ReadonlyMap<AssetKey, Asset>): Asset[] | null {
  const done = new Set<AssetKey>();
  for (const start of assets.values()) {
    if (done.has(start.key)) continue;
    // A walk without recursion: thousands of assets may stand in one chain.
    const path: { readonly asset: Asset; next: number }[] = [{ asset: start, next: 0 }];
    const onPath = new Set<AssetKey>([start.key]);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const dependency = top.asset.dependencies[top.next++];
      if (!dependency) {
        done.add(top.asset.key);
        onPath.delete(top.asset.key);
        path.pop();
        continue;
      }
      const asset = assets.get(dependency.key);
      // An asset may depend on itself: on earlier partitions of its own.
      if (!asset || done.has(asset.key) || (asset === top.asset && asset.partitions !== undefined)) continue;
      if (onPath.has(asset.key)) {
        const from = path.findIndex((entry) => entry.asset.key === asset.key);
        return path.slice(from).map((entry) => entry.asset);
      }
      onPath.add(asset.key);
      path.push({ asset, next: 0 });
    }
  }
  return null;
}
