import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { RunConfig } from "@millrace/model/config/run-config";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { RunEvent } from "@millrace/model/run-event";
import type { Asset, AssetRef } from "../../assets/asset-definition.ts";
import type { PartitionValues } from "../../assets/dependency-values.ts";
import { parseConfig } from "../../config/parse-config.ts";
import { isByValue, toRunConfig, type ConfigEntry } from "../../jobs/config-of.ts";
import type { Definitions } from "../../definitions/gathered.ts";
import { resolveDefinitions } from "../../definitions/resolve.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import { systemClock } from "@millrace/model/time/clock";
import { memoryRunInstance } from "../../context/memory-run-instance.ts";
import { orderResources } from "../resources/order-resources.ts";
import { getIoManager, ioManagerName } from "../plan/planned-io.ts";
import { parseResourceConfigs, setUpResources } from "../resources/run-resources.ts";
import { createRunMemory } from "../scope/run-memory.ts";
import { NO_RUN_ASSETS } from "../scope/run-assets.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { createLogger } from "../scope/run-log.ts";
import { loadAssetValue as load, type AssetValueRequest, type IoScope } from "./stored-values.ts";
import { AssetValueUnavailable } from "./asset-value-unavailable.ts";
import { findStorageDirectory, STORAGE_VARIABLE } from "./storage-directory.ts";

/** Where and how values are loaded outside a run. */
export interface AssetValueLoaderOptions {
  /**
   * Folder in which the default IO manager keeps values. Default: what the environment variable `MILLRACE_STORAGE` says,
   * or that of the `millrace dev` of the project in or around `searchFrom`.
   */
  readonly storageDirectory?: string;
  /** A folder of the project. Default: the one in which the process runs. */
  readonly searchFrom?: string;
  /**
   * Config of resources and IO managers, laid over what `withConfig` gives them: by value, `[configOf(lake, { … })]`, or by name.
   */
  readonly config?: Readonly<Record<string, unknown>> | readonly ConfigEntry[];
  /** What `env(…)` in config reads. Default: the environment of this process. */
  readonly environmentVariables?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Which partition to load. */
export interface OnePartition {
  readonly partitionKey: string;
}

/** Which partitions to load. */
export interface SomePartitions {
  readonly partitionKeys: readonly string[];
  /** Whether partitions without a value are left out instead of failing. Default: false. */
  readonly allowMissing?: boolean;
}

/** An asset whose value can be asked for. */
type Loadable<T, P extends PartitionsDefinition | undefined> = Asset<T, P> | AssetRef<T, P>;

/** Loads values that assets have stored, outside a run. */
export interface AssetValueLoader extends AsyncDisposable {
  /**
   * The value that an asset has stored.
   *
   * @throws ValueNotStored when there is none.
   * @throws AssetValueUnavailable when the definitions do not have the asset, or the partition is missing.
   */
  load<T>(asset: Loadable<T, undefined>): Promise<T>;
  load<T>(asset: Loadable<T, PartitionsDefinition>, partition: OnePartition): Promise<T>;
  load<T>(asset: Loadable<T, PartitionsDefinition>, partitions: SomePartitions): Promise<PartitionValues<T>>;
}

/**
 * Loads values that assets have stored, outside a run: for scripts, tests and notebooks. The resources of an IO manager
 * are set up when it is first needed, and torn down when the loader is disposed.
 *
 * @example
 * await using values = assetValueLoader(definitions({ assets: [rawOrders, salesByDay] }));
 * const orders = await values.load(rawOrders);
 * const sales = await values.load(salesByDay, { partitionKey: "2024-01-31" });
 */
export function assetValueLoader(
  definitions: Definitions,
  options: AssetValueLoaderOptions = {},
): AssetValueLoader {
  const resolved = resolveDefinitions(definitions);
  const variables = options.environmentVariables ?? process.env;
  const { searchFrom = process.cwd() } = options;
  const storage = options.storageDirectory ?? findStorageDirectory(variables, searchFrom);
  const scope = createScope(resolved, options, variables);
  const configs = new Map<string, unknown>();
  const resources = new Map<string, unknown>();
  /** Names of IO managers whose resources are set up. */
  const prepared = new Set<string>();
  const teardowns: (() => Promise<void>)[] = [];
  let disposed = false;

  const prepare = async (asset: Asset): Promise<void> => {
    const name = ioManagerName(asset.ioManager);
    if (prepared.has(name)) return;
    const manager = getIoManager(resolved, asset.ioManager);
    const runConfig = scope.run.runConfig;
    const needed = [...orderResources(resolved, [manager.resources])].filter(([key]) => !resources.has(key));
    const missing = new Map(needed);
    const parsed = await parseResourceConfigs(scope, missing, runConfig);
    const given = runConfig.resources?.[name]?.config;
    const config = await parseConfig(manager.config, given, `resources.${name}.config`, scope.environment);
    const ready = await setUpResources(scope, missing, parsed, null, resources);
    teardowns.push(() => ready.tearDown());
    for (const [key, value] of ready.values) resources.set(key, value);
    for (const [key, value] of parsed) configs.set(key, value);
    configs.set(name, config);
    prepared.add(name);
  };
  // One after the other: two managers may need the same resource.
  let preparing: Promise<void> = Promise.resolve();
  const prepareInTurn = (asset: Asset): Promise<void> => {
    const turn = preparing.then(() => prepare(asset));
    preparing = turn.catch(() => {});
    return turn;
  };

  const loader = {
    async load(asset: Asset | AssetRef, partitions?: OnePartition | SomePartitions): Promise<unknown> {
      if (disposed) throw new AssetValueUnavailable(asset.key, "the loader is disposed");
      const request = toRequest(resolved, asset, partitions);
      await prepareInTurn(request.asset);
      const { definitions, signal } = scope;
      const io: IoScope = {
        definitions,
        configs,
        resources,
        signal,
        locationName: null,
        atEnd: (close) => void teardowns.push(async () => void (await close())),
        log: createLogger(scope, null),
        get storageDirectory() {
          if (storage !== null) return storage;
          throw new AssetValueUnavailable(
            asset.key,
            `there is no folder with stored values in or around ${searchFrom}: name it with storageDirectory or ${STORAGE_VARIABLE}`,
          );
        },
      };
      return load(io, request);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      disposed = true;
      await preparing;
      for (const tearDown of teardowns.splice(0).toReversed()) await tearDown();
    },
  };
  return loader as AssetValueLoader;
}

/**
 * Loads one asset's value, outside a run: `assetValueLoader` for a single value.
 *
 * @example
 * const orders = await loadAssetValue(definitions({ assets: [rawOrders] }), rawOrders);
 * orders.filter((order) => order.total > 100);
 */
export async function loadAssetValue<T>(
  definitions: Definitions,
  asset: Loadable<T, undefined>,
  options?: AssetValueLoaderOptions,
): Promise<T>;
export async function loadAssetValue<T>(
  definitions: Definitions,
  asset: Loadable<T, PartitionsDefinition>,
  options: AssetValueLoaderOptions & OnePartition,
): Promise<T>;
export async function loadAssetValue<T>(
  definitions: Definitions,
  asset: Loadable<T, PartitionsDefinition>,
  options: AssetValueLoaderOptions & SomePartitions,
): Promise<PartitionValues<T>>;
export async function loadAssetValue(
  definitions: Definitions,
  asset: Asset | AssetRef,
  options: AssetValueLoaderOptions & Partial<OnePartition & SomePartitions> = {},
): Promise<unknown> {
  await using held = new AsyncDisposableStack();
  const loader = held.use(assetValueLoader(definitions, options));
  const value = await (loader.load as (asset: unknown, partitions: unknown) => Promise<unknown>)(
    asset,
    options,
  );
  return keepWhileRead(value, held);
}

/** Streams of rows need what they are read from until all of them have been read. */
function keepWhileRead(value: unknown, held: AsyncDisposableStack): unknown {
  if (isStream(value)) return readOnce(value, once(1, held.move()));
  if (typeof value !== "object" || value === null) return value;
  const streams = Object.values(value).filter(isStream);
  if (streams.length === 0) return value;
  const release = once(streams.length, held.move());
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      isStream(item) ? readOnce(item, release) : item,
    ]),
  );
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** Lets go of something when it has been called so many times. */
function once(times: number, held: AsyncDisposable): () => Promise<void> {
  let left = times;
  return async () => {
    left--;
    if (left === 0) await held[Symbol.asyncDispose]();
  };
}

async function* readOnce(
  stream: AsyncIterable<unknown>,
  release: () => Promise<void>,
): AsyncGenerator<unknown, void, void> {
  try {
    yield* stream;
  } finally {
    await release();
  }
}

function toRequest(
  definitions: ResolvedDefinitions,
  named: Asset | AssetRef,
  partitions: Partial<OnePartition & SomePartitions> = {},
): AssetValueRequest {
  const asset = definitions.assets.get(named.key);
  if (!asset) throw new AssetValueUnavailable(named.key, "the definitions do not have it");
  const definition = asset.partitions ?? named.partitions ?? null;
  const { partitionKey, partitionKeys } = partitions;
  const keys = partitionKey === undefined ? (partitionKeys ?? null) : [partitionKey];
  if (definition !== null && keys === null) {
    throw new AssetValueUnavailable(named.key, "it has partitions: name partitionKey or partitionKeys");
  }
  if (definition === null && keys !== null)
    throw new AssetValueUnavailable(named.key, "it has no partitions");
  return {
    asset,
    partitions: definition,
    partitionKeys: keys,
    loadsOne: partitionKey !== undefined,
    allowMissing: partitions.allowMissing ?? false,
    runId: "",
    inputName: null,
  };
}

function readConfig(given: NonNullable<AssetValueLoaderOptions["config"]> = {}): RunConfig {
  if (isByValue(given)) return toRunConfig(given);
  return { resources: Object.fromEntries(Object.entries(given).map(([name, config]) => [name, { config }])) };
}

function createScope(
  definitions: ResolvedDefinitions,
  options: AssetValueLoaderOptions,
  variables: Readonly<Record<string, string | undefined>>,
): RunScope {
  return {
    run: {
      runId: "",
      jobName: ASSET_JOB,
      tags: {},
      runConfig: readConfig(options.config),
    },
    definitions,
    instance: memoryRunInstance(), // Loading asks nothing.
    assets: NO_RUN_ASSETS,
    memory: createRunMemory(null),
    storageDirectory: "",
    environment: { variables, secrets: new Set() },
    clock: systemClock,
    maySuspend: false,
    letTimePass: systemClock.sleep,
    random: Math.random,
    signal: options.signal ?? new AbortController().signal,
    interruptGraceSeconds: 0,
    sink: showProblem,
    writeOutput: () => {},
  };
}

/** There is no event log outside a run: what resources and managers warn of goes to stderr. */
function showProblem(event: RunEvent): void {
  if (event.type === "LOG" && event.level !== "DEBUG" && event.level !== "INFO") console.error(event.message);
  if (event.type === "ENGINE_EVENT" && event.error !== null)
    console.error(event.message, event.error.message);
}
