import type { AssetKey } from "@millrace/model/asset-key";
import type { Metadata } from "@millrace/model/metadata";
import type { ConfigOf, ConfigSchema, TakesConfig } from "../config/config-schema.ts";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { Logger } from "../context/logger.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { ResourceMap, ResourceValues } from "../resources/resource.ts";
import type { ValueFormat } from "./value-format.ts";
import type { ValuePartition } from "./value-partition.ts";

declare const storesValue: unique symbol;

/**
 * What stores the values that steps return and loads them for the steps that depend on them. `T` is the type of the values that it
 * stores, as far as its `handleOutput` says; `C` is the schema of its config.
 */
export interface IoManager<T = unknown, C = unknown>
  extends Definition<"io_manager">, Required<TakesConfig<C>> {
  // A method, so that managers of narrower and of wider types stand for each other where only some manager is meant. Like the type of
  // the config it is there for the compiler alone, and always, see `Handle`.
  [storesValue](value: T): void;
  /** Unique in a code location; `definitions({ ioManagers })` replaces managers by name. */
  readonly name: string;
  readonly description: string | null;
  readonly config: ConfigSchema | null;
  readonly resources: ResourceMap;
  /** Null: it stores values in a way of its own. */
  readonly format: ValueFormat | null;
  readonly handleOutput: (context: never, value: unknown) => unknown;
  readonly loadInput: (context: never) => unknown;
}

/** Names one stored value. */
export interface StoredValueAddress {
  /** The asset whose value it is; null for the output of an op. */
  readonly assetKey: AssetKey | null;
  /** The asset's partition; null when it has none. */
  readonly partitionKey: string | null;
  /** The run, step and output that made the value, for the outputs of ops; an asset's value is the same in every run. */
  readonly runId: string;
  readonly stepKey: string;
  readonly outputName: string;
  /** The mapping key of one value of a dynamic output; null for any other. */
  readonly mappingKey: string | null;
}

interface IoContext<C, R> {
  readonly address: StoredValueAddress;
  /** What the address's partition key stands for: its window of time, its dimensions. Null without partitions. */
  readonly partition: ValuePartition | null;
  /** Metadata of the asset's definition: a place for options of the manager, such as a table's name. */
  readonly definitionMetadata: Metadata;
  readonly config: ConfigOf<C>;
  readonly resources: ResourceValues<R>;
  /** The code location that the run belongs to; null outside a deployment, as in tests. */
  readonly locationName: string | null;
  /** Has something done when the attempt of the step is over that the value is for: closes what a value still holds open. */
  readonly atEnd: (close: () => unknown) => void;
  /** Folder for values that stay in the user's environment. */
  readonly storageDirectory: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What storing a value receives. */
export interface OutputContext<C = undefined, R = unknown> extends IoContext<C, R> {
  /** Adds metadata to the output and to the asset's materialization. */
  addMetadata(metadata: MetadataRecord): void;
}

/** What loading a value receives. An input of several partitions is loaded partition by partition, a few at once. */
export interface InputContext<C = undefined, R = unknown> extends IoContext<C, R> {
  /** The name of the input that the value is for; null when a value is loaded outside a run. */
  readonly inputName: string | null;
}

/**
 * The type of an asset's value as an IO manager is handed it: nothing is `undefined`.
 */
export type HandedOver<V> = V extends void ? undefined : V;

/**
 * Options must also fit this: nothing, unless an IO manager for values of type `T` is to store others. Then `ioManager` is an error.
 */
export type RequireStorable<T, V> = [T] extends [never]
  ? unknown
  : // Also of a value whose type is yet to be inferred, before the code is looked at that returns it.
    unknown extends V
    ? unknown
    : [HandedOver<V>] extends [T]
      ? unknown
      : { readonly ioManager: "This IO manager does not store values of the type that the asset has" };

/** How a manager stores and loads. */
export interface IoManagerOptions<T, C, R> {
  readonly description?: string;
  readonly config?: C;
  readonly resources?: R;
  /**
   * How it writes values, when it writes each as it is. Then tests, which keep values in memory, bring them into this format and
   * back, and a step is warned of what its value loses. Default: unknown.
   */
  readonly format?: ValueFormat | null;
  /**
   * Stores a value. The type of its parameter says which assets may name the manager: `rows: readonly Row[]`; without one, all. An asset
   * that returns nothing hands over `undefined`.
   */
  readonly handleOutput: (context: OutputContext<C, R>, value: T) => unknown;
  /** Gives back the value that was stored under the same address. */
  readonly loadInput: (context: InputContext<C, R>) => unknown;
}

/**
 * Declares an IO manager. It runs in the run worker, beside the steps.
 *
 * @example
 * export const tables = ioManager("tables", {
 *   resources: { db: warehouse },
 *   // Assets of other values can't name it.
 *   handleOutput: async ({ address, resources }, rows: readonly object[]) => resources.db.replaceTable(address.assetKey, rows),
 *   loadInput: async ({ address, resources }) => resources.db.readTable(address.assetKey),
 * });
 */
export function ioManager<
  T = unknown,
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
>(name: string, options: IoManagerOptions<T, C, R>): IoManager<T, C>;
export function ioManager(name: string, options: LooseIoManagerOptions): IoManager {
  return Object.freeze({
    [DEFINITION]: "io_manager",
    source: captureSourcePosition(ioManager),
    name,
    description: options.description ?? null,
    config: options.config ?? null,
    resources: options.resources ?? {},
    format: options.format ?? null,
    handleOutput: options.handleOutput,
    loadInput: options.loadInput,
  } as const) as unknown as IoManager;
}

interface LooseIoManagerOptions {
  readonly format?: ValueFormat | null;
  readonly description?: string;
  readonly config?: ConfigSchema | undefined;
  readonly resources?: ResourceMap;
  readonly handleOutput: (context: never, value: unknown) => unknown;
  readonly loadInput: (context: never) => unknown;
}
