import { tmpdir } from "node:os";
import { explainNoRoom } from "@millrace/model/errors/no-room-left";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { Asset } from "../../assets/asset-definition.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { IoManager, StoredValueAddress } from "../../io/io-manager.ts";
import { describePartition } from "../../io/value-partition.ts";
import { describeAddress, isValueNotStored } from "../../io/value-not-stored.ts";
import type { Logger } from "../../context/logger.ts";
import { getIoManager, ioManagerName } from "../plan/planned-io.ts";
import { pickResources } from "../resources/run-resources.ts";

/** How many partitions of one input are loaded at once. */
const MAX_LOADS = 8;

/** What IO managers need to work, in a run or outside of one. */
export interface IoScope {
  readonly definitions: ResolvedDefinitions;
  /** Configs of resources and IO managers, by name. */
  readonly configs: ReadonlyMap<string, unknown>;
  /** Values of resources, by name. */
  readonly resources: ReadonlyMap<string, unknown>;
  readonly storageDirectory: string;
  readonly locationName: string | null;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** What is to be closed when the values are not needed any more. */
  readonly atEnd: (close: () => unknown) => void;
}

/** An asset's value, or its values by partition key. */
export interface AssetValueRequest {
  readonly asset: Asset;
  readonly partitions: PartitionsDefinition | null;
  /** Null for an asset without partitions. */
  readonly partitionKeys: readonly string[] | null;
  /** Whether the first key's value is asked for, or values by key. */
  readonly loadsOne: boolean;
  /** Whether partitions without a value are left out instead of failing. */
  readonly allowMissing: boolean;
  readonly runId: string;
  readonly inputName: string | null;
}

/** Loads what an asset's IO manager has stored for it. */
export async function loadAssetValue(scope: IoScope, request: AssetValueRequest): Promise<unknown> {
  const { asset, partitionKeys } = request;
  const load = (partitionKey: string | null): Promise<unknown> =>
    loadStoredValue(scope, request.inputName, asset, request.partitions, {
      assetKey: asset.key,
      partitionKey,
      runId: request.runId,
      stepKey: asset.computation?.stepKey ?? "",
      outputName: "",
      mappingKey: null,
    });
  if (partitionKeys === null) return load(null);
  const [first] = partitionKeys;
  if (request.loadsOne && first !== undefined) return load(first);
  const found = new Map<string, unknown>();
  const pending = partitionKeys.values();
  let failed = false;
  // Each of these takes the next key when it is done with one, until one of them fails.
  const loadSome = async (): Promise<void> => {
    for (const partitionKey of pending) {
      try {
        found.set(partitionKey, await load(partitionKey));
      } catch (error) {
        if (request.allowMissing && isValueNotStored(error)) continue;
        failed = true;
        throw error;
      }
      if (failed) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_LOADS, partitionKeys.length) }, loadSome));
  return Object.fromEntries(
    partitionKeys.flatMap((key): [string, unknown][] => (found.has(key) ? [[key, found.get(key)]] : [])),
  );
}

/** What to throw for an error of an IO manager that may have met a full disk: the system's error does not say where. */
export function explainFullDisk(
  manager: IoManager,
  address: StoredValueAddress,
  done: "loaded" | "stored",
  error: unknown,
): unknown {
  const place = `the temporary files, ${tmpdir()}, or where else IO manager "${manager.name}" writes`;
  return explainNoRoom(`The value of ${describeAddress(address)} can't be ${done}`, place, error);
}

/**
 * Loads one value. What a renamed asset has not stored under its key of today is looked for under those it had before.
 *
 * @param asset The asset whose value it is; null for the output of an op.
 */
export async function loadStoredValue(
  scope: IoScope,
  inputName: string | null,
  asset: Asset | null,
  partitions: PartitionsDefinition | null,
  address: StoredValueAddress,
): Promise<unknown> {
  const named = asset?.ioManager ?? null;
  const manager = getIoManager(scope.definitions, named);
  const load = async (from: StoredValueAddress): Promise<unknown> => {
    const context = ioContext(scope, named, manager, asset, partitions, from, { inputName });
    const loading = async (): Promise<unknown> =>
      (manager.loadInput as (context: unknown) => unknown)(context);
    return loading().catch((error: unknown) => {
      throw explainFullDisk(manager, from, "loaded", error);
    });
  };
  try {
    return await load(address);
  } catch (error) {
    if (!isValueNotStored(error)) throw error;
    for (const assetKey of asset?.renamedFrom ?? []) {
      try {
        return await load({ ...address, assetKey });
      } catch (earlier) {
        if (!isValueNotStored(earlier)) throw earlier;
      }
    }
    throw error;
  }
}

/**
 * What storing and loading have in common in their context.
 *
 * @param named The IO manager that the asset names; null: it is the default one.
 * @param manager The one that is used, which may stand in for it.
 * @param own What they do not.
 */
export function ioContext(
  scope: IoScope,
  named: IoManager | null,
  manager: IoManager,
  asset: Asset | null,
  partitions: PartitionsDefinition | null,
  address: StoredValueAddress,
  own: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    address,
    partition: describePartition(partitions, address.partitionKey),
    definitionMetadata: asset?.metadata ?? {},
    config: scope.configs.get(ioManagerName(named)),
    resources: pickResources(scope.resources, manager.resources),
    // Outside a run there may be none, which is for those to notice that need it.
    get storageDirectory() {
      return scope.storageDirectory;
    },
    locationName: scope.locationName,
    log: scope.log,
    signal: scope.signal,
    atEnd: scope.atEnd,
    ...own,
  };
}
