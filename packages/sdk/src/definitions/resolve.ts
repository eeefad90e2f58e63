import type { AssetKey } from "@millrace/model/asset-key";
import type { Asset, AssetComputation } from "../assets/asset-definition.ts";
import { createAsset } from "../assets/create-asset.ts";
import { type AssetCheck, checkName } from "../checks/asset-check.ts";
import { fileIoManager } from "../io/file-io-managers.ts";
import type { Job } from "../jobs/job.ts";
import { toAssetGraph } from "../jobs/select-targets.ts";
import type { Schedule } from "../schedules/schedule.ts";
import type { Sensor } from "../sensors/sensor-definition.ts";
import type { Definitions } from "./gathered.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import type { Definition } from "../definition/definition.ts";
import { resolveResources } from "./resolve-resources.ts";
import { validateAssets } from "./validate-assets.ts";
import { validateNames } from "./validate-names.ts";
import type { ResolvedDefinitions } from "./resolved-definitions.ts";

/**
 * Checks definitions and builds the indexes that everything else works with. Takes time in proportion to their number.
 *
 * @throws DefinitionError for the first thing that is wrong, naming the definitions and their places.
 */
export function resolveDefinitions(definitions: Definitions): ResolvedDefinitions {
  const named = new Map<AssetKey, Asset>();
  for (const asset of definitions.assets) addUnique(named, asset.key, asset, "asset");
  const assets = withExternalAssets(named);
  const checks = new Map<string, AssetCheck>();
  for (const check of definitions.checks) addUnique(checks, checkName(check), check, "asset check");
  const schedules = new Map<string, Schedule>();
  for (const schedule of definitions.schedules) addUnique(schedules, schedule.name, schedule, "schedule");
  const sensors = new Map<string, Sensor>();
  for (const sensor of definitions.sensors) addUnique(sensors, sensor.name, sensor, "sensor");
  const jobs = new Map<string, Job>();
  const launched = [
    ...definitions.schedules.map((schedule) => schedule.job),
    ...definitions.sensors.flatMap((sensor) => sensor.jobs),
  ];
  for (const job of new Set([...definitions.jobs, ...launched])) addUnique(jobs, job.name, job, "job");
  const computations = new Map<string, AssetComputation>();
  for (const asset of definitions.assets) {
    if (asset.computation) addUnique(computations, asset.computation.stepKey, asset.computation, "step");
  }
  const resolved: ResolvedDefinitions = {
    assets,
    assetGraph: toAssetGraph(assets),
    checks,
    computations,
    jobs,
    schedules,
    sensors,
    ...resolveResources(definitions, [...computations.values()], fileIoManager),
    definitions,
  };
  validateNames(resolved);
  validateAssets(resolved);
  return resolved;
}

/** Adds external assets for dependencies that are only known by key. */
function withExternalAssets(named: ReadonlyMap<AssetKey, Asset>): Map<AssetKey, Asset> {
  const assets = new Map(named);
  for (const asset of named.values()) {
    for (const dependency of asset.dependencies) {
      if (assets.has(dependency.key)) continue;
      if (dependency.asset) {
        throw new DefinitionError(
          "unknown_dependency",
          `${describeDefinition("asset", asset.key, asset)} depends on ${describeDefinition("asset", dependency.key, dependency.asset)}, which is not among the definitions: add it, or name it with assetRef("${dependency.key}") if another code location defines it`,
        );
      }
      assets.set(dependency.key, externalStub(dependency.key));
    }
  }
  return assets;
}

function externalStub(key: AssetKey): Asset {
  return createAsset(
    key,
    {},
    {
      partitions: undefined,
      checks: [],
      dependencies: [],
      computation: null,
      ioManager: null,
      source: null,
    },
  );
}

function addUnique<K extends string, T extends Pick<Definition, "source">>(
  index: Map<K, T>,
  name: K,
  definition: T,
  what: string,
): void {
  const other = index.get(name);
  if (other !== undefined && other !== definition) {
    throw new DefinitionError(
      what === "step" ? "duplicate_step" : "duplicate_definition",
      `Two definitions share a name: ${describeDefinition(what, name, other)} and ${describeDefinition(what, name, definition)}`,
    );
  }
  index.set(name, definition);
}
