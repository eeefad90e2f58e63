import { ioManager, type IoManager, type StoredValueAddress } from "./io-manager.ts";
import { ValueNotStored } from "./value-not-stored.ts";

/** An IO manager that keeps values in this process, as they are, and what streams hold, for tests and for runs that need no files. */
export function memoryIoManager(values: Map<string, unknown> = new Map()): IoManager {
  return ioManager("memory", {
    description: "Values in memory",
    handleOutput: async ({ address }, value) => {
      values.set(memoryKey(address), isStream(value) ? new HeldStream(await collect(value)) : value);
    },
    loadInput: ({ address }) => {
      const key = memoryKey(address);
      if (!values.has(key)) throw new ValueNotStored(address);
      const value = values.get(key);
      return value instanceof HeldStream ? value[Symbol.asyncIterator]() : value;
    },
  });
}

/** What a stream held, which can be read any number of times. */
class HeldStream {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, void> {
    yield* this.items;
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** The key under which `memoryIoManager` keeps a value. */
export function memoryKey(address: StoredValueAddress): string {
  return JSON.stringify(
    address.assetKey === null
      ? [address.runId, address.stepKey, address.outputName, address.mappingKey]
      : [address.assetKey, address.partitionKey],
  );
}
