import { ioManager, type IoManager, type StoredValueAddress } from "./io-manager.ts";
import { ValueNotStored } from "./value-not-stored.ts";

/** An IO manager that keeps values in this process, as they are, for tests and for runs that need no files. */
export function memoryIoManager(values: Map<string, unknown> = new Map()): IoManager {
  return ioManager("memory", {
    description: "Values in memory",
    handleOutput: ({ address }, value) => {
      values.set(memoryKey(address), value);
    },
    loadInput: ({ address }) => {
      const key = memoryKey(address);
      if (!values.has(key)) throw new ValueNotStored(address);
      return values.get(key);
    },
  });
}

/** The key under which `memoryIoManager` keeps a value. */
export function memoryKey(address: StoredValueAddress): string {
  return JSON.stringify(
    address.assetKey === null
      ? [address.runId, address.stepKey, address.outputName, address.mappingKey]
      : [address.assetKey, address.partitionKey],
  );
}
