import type { Asset } from "../assets/asset-definition.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import type { MultiAssetCheck } from "../checks/multi-asset-check.ts";
import type { Executor } from "../executors/executor.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { Job } from "../jobs/job.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { MultiAsset } from "../assets/create-multi-asset.ts";
import type { OpDefinition } from "../graphs/op-definition.ts";
import type { Resource } from "../resources/resource.ts";
import { byName, namesByValue, type StandIn } from "./stand-in.ts";
import type { Schedule } from "../schedules/schedule.ts";
import type { Sensor } from "../sensors/sensor-definition.ts";
import { applyDefaults, type DefinitionDefaults } from "./apply-defaults.ts";
import type { AssetsIn, AssetsOf, JobsOf } from "./defined.ts";
import type { Definitions } from "./gathered.ts";
import { checkKind, checkKinds } from "../definition/check-kind.ts";
import { DEFINITION, definitionKind, type DefinitionKind } from "../definition/definition.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { listPassedOver } from "./passed-over.ts";
import {
  captureSourcePosition,
  formatSourcePosition,
  type SourcePosition,
} from "../definition/source-position.ts";

/** What a code location may consist of. */
export interface DefinitionsInput<A = Asset | MultiAsset, J = Job> {
  readonly assets?: readonly A[];
  readonly checks?: readonly (AssetCheck | MultiAssetCheck)[];
  /** Jobs of schedules and sensors need not be listed. */
  readonly jobs?: readonly J[];
  readonly schedules?: readonly Schedule[];
  readonly sensors?: readonly Sensor[];
  /**
   * Resources that stand in for those that definitions name: by value, see `standIn`, or by the name of the resource, which
   * something must have.
   */
  readonly resources?: Readonly<Record<string, Resource>> | readonly StandIn<Resource>[];
  /**
   * IO managers that stand in for others: by value, see `standIn`, or by the name of the IO manager, which something must have;
   * `default` is for all assets and ops that name none.
   */
  readonly ioManagers?: Readonly<Record<string, IoManager>> | readonly StandIn<IoManager>[];
  /**
   * What holds for all of these definitions that say nothing themselves. With several `definitions` in a code location, each has
   * its own.
   */
  readonly defaults?: DefinitionDefaults;
  /** How the steps of runs are executed whose job says nothing else. Default: `inProcessExecutor()`. */
  readonly executor?: Executor;
  /** Shown on the code location's page. */
  readonly metadata?: MetadataRecord;
}

/**
 * Gathers the definitions of a code location. Export the result from the entry file; without it, everything that the
 * entry file exports belongs to the location. Several exported ones are merged.
 *
 * @throws DefinitionError when something stands where it can't belong, such as `undefined` among the assets.
 */
export function definitions<A extends Asset | MultiAsset = never, J extends Job = never>(
  input: DefinitionsInput<A, J>,
): Definitions<AssetsIn<A>, J>;
export function definitions(input: DefinitionsInput): Definitions {
  const source = captureSourcePosition(definitions);
  checkInput(input, source);
  const gathered: Definitions = Object.freeze({
    [DEFINITION]: "definitions",
    source,
    assets: (input.assets ?? []).flatMap(listAssets),
    checks: (input.checks ?? []).flatMap(listChecks),
    jobs: input.jobs ?? [],
    ops: [],
    schedules: input.schedules ?? [],
    sensors: input.sensors ?? [],
    resources: byName<Resource>(input.resources),
    ioManagers: byName<IoManager>(input.ioManagers),
    unusedAllowed: [...namesByValue(input.resources), ...namesByValue(input.ioManagers)],
    executor: input.executor ?? null,
    metadata: input.metadata ?? {},
  } as const);
  return input.defaults === undefined ? gathered : applyDefaults(gathered, input.defaults);
}

/** What may stand in each list. */
const KINDS: Readonly<Record<string, readonly DefinitionKind[]>> = {
  assets: ["asset", "multi_asset"],
  checks: ["asset_check", "multi_asset_check"],
  jobs: ["job"],
  schedules: ["schedule"],
  sensors: ["sensor"],
};
const OTHER_OPTIONS: readonly string[] = ["resources", "ioManagers", "defaults", "executor", "metadata"];

function checkInput(input: DefinitionsInput, source: SourcePosition | null): void {
  const where = () => `definitions({ … }) (${formatSourcePosition(source)})`;
  const refuse = (problem: string): never => {
    throw new DefinitionError("not_a_definition", `${where()}: ${problem}`);
  };
  for (const [option, value] of Object.entries(input) as [string, unknown][]) {
    const kinds = KINDS[option];
    if (!kinds) {
      if (OTHER_OPTIONS.includes(option)) continue;
      return refuse(
        `there is no "${option}"; there are ${[...Object.keys(KINDS), ...OTHER_OPTIONS].join(", ")}`,
      );
    }
    if (value === undefined) continue;
    if (!Array.isArray(value)) return refuse(`"${option}" must be a list`);
    value.forEach((item, index) => checkKind(where, `${option}[${index}]`, item, ...kinds));
  }
  checkKinds(where, "resources", byName<unknown>(input.resources), "resource");
  checkKinds(where, "ioManagers", byName<unknown>(input.ioManagers), "io_manager");
  if (input.executor !== undefined) checkKind(where, "executor", input.executor, "executor");
}

/** Puts parts of a code location together. Of resources and IO managers under the same name, and of executors, the last one holds. */
export function mergeDefinitions<D extends readonly Definitions[]>(
  ...parts: D
): Definitions<AssetsOf<D[number]>, JobsOf<D[number]>>;
export function mergeDefinitions(...parts: readonly Definitions[]): Definitions {
  return Object.freeze({
    [DEFINITION]: "definitions",
    source: parts[0]?.source ?? null,
    assets: unique(parts.flatMap((part) => part.assets)),
    checks: unique(parts.flatMap((part) => part.checks)),
    jobs: unique(parts.flatMap((part) => part.jobs)),
    ops: unique(parts.flatMap((part) => part.ops)),
    schedules: unique(parts.flatMap((part) => part.schedules)),
    sensors: unique(parts.flatMap((part) => part.sensors)),
    resources: Object.assign({}, ...parts.map((part) => part.resources)) as Definitions["resources"],
    ioManagers: Object.assign({}, ...parts.map((part) => part.ioManagers)) as Definitions["ioManagers"],
    unusedAllowed: unique(parts.flatMap((part) => part.unusedAllowed)),
    executor: parts.findLast((part) => part.executor)?.executor ?? null,
    metadata: Object.assign({}, ...parts.map((part) => part.metadata)) as MetadataRecord,
  } as const);
}

/**
 * Puts together what modules export, each as an entry file would: what `definitions(…)` made, or else every single
 * definition. Modules that export none are passed over. An entry folder is collected with it.
 *
 * @example
 * // import * as orders from "./orders.ts";
 * // import * as users from "./users.ts";
 * const orders = { raw: asset("raw_orders", () => [3]) };
 * const users = { all: definitions({ assets: [asset("users", () => ["ada"])] }), limit: 10 };
 * export const shop = definitionsFromModules([orders, users]);
 *
 * @throws DefinitionError when none of the modules exports a definition.
 */
export function definitionsFromModules<const M extends Readonly<Record<string, unknown>>>(
  modules: readonly M[],
): Definitions<AssetsOf<M>, JobsOf<M>>;
export function definitionsFromModules(modules: readonly Readonly<Record<string, unknown>>[]): Definitions {
  const parts = modules.filter((exports) =>
    listExports(exports).some((value) => definitionKind(value) !== null),
  );
  if (parts.length > 0) return mergeDefinitions(...parts.map(collectDefinitions));
  throw new DefinitionError(
    "not_a_definition",
    `None of the ${modules.length} modules exports a definition: export assets, jobs or what definitions({ … }) returns${whyNone(modules)}`,
  );
}

/**
 * Finds the definitions among the exports of a module: what `definitions(…)` made, or else every single definition, also
 * in exported arrays. Other exports are passed over.
 *
 * @throws DefinitionError when the module exports no definition at all.
 */
export function collectDefinitions(exports: Readonly<Record<string, unknown>>): Definitions {
  const values = listExports(exports);
  const gathered = values.filter((value) => definitionKind(value) === "definitions") as Definitions[];
  if (gathered.length > 0) return mergeDefinitions(...gathered);
  if (!values.some((value) => definitionKind(value) !== null)) {
    throw new DefinitionError(
      "not_a_definition",
      `The entry file exports no definitions: export an asset, a job or what definitions({ … }) returns${whyNone([exports])}`,
    );
  }
  const ofKind = <T>(kind: string): T[] =>
    unique(values.filter((value) => definitionKind(value) === kind)) as T[];
  return Object.freeze({
    [DEFINITION]: "definitions",
    source: null,
    assets: unique([...ofKind<Asset>("asset"), ...ofKind<MultiAsset>("multi_asset").flatMap(listAssets)]),
    checks: unique([
      ...ofKind<AssetCheck>("asset_check"),
      ...ofKind<MultiAssetCheck>("multi_asset_check").flatMap(listChecks),
    ]),
    jobs: ofKind<Job>("job"),
    ops: ofKind<OpDefinition>("op"),
    schedules: ofKind<Schedule>("schedule"),
    sensors: ofKind<Sensor>("sensor"),
    resources: {},
    ioManagers: {},
    unusedAllowed: [],
    executor: null,
    metadata: {},
  } as const);
}

/** Exports that look as if they were meant to define something, each on a line. */
function whyNone(modules: readonly Readonly<Record<string, unknown>>[]): string {
  const none = { assets: [], checks: [], jobs: [], schedules: [], sensors: [] };
  return listPassedOver(modules, none)
    .map((line) => `\n  ${line}`)
    .join("");
}

/** What a module exports, and what stands in exported arrays. */
function listExports(exports: Readonly<Record<string, unknown>>): unknown[] {
  return Object.values(exports).flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]));
}

function listAssets(asset: Asset | MultiAsset): readonly Asset[] {
  return asset[DEFINITION] === "multi_asset" ? Object.values(asset.assets) : [asset];
}

function listChecks(check: AssetCheck | MultiAssetCheck): readonly AssetCheck[] {
  return check[DEFINITION] === "multi_asset_check" ? Object.values(check.checks) : [check];
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
