import { ioManager, type IoManager, type StoredValueAddress } from "./io-manager.ts";
import type { ValueFormat } from "./value-format.ts";
import { ValueNotStored } from "./value-not-stored.ts";

/**
 * An IO manager that keeps values in this process, and what streams hold, for tests and for runs that need no files.
 *
 * @param format Values are brought into it and back, so that they come out as they would elsewhere. Default: they stay as they are.
 */
export function memoryIoManager(
  values: Map<string, unknown> = new Map(),
  format: ValueFormat | null = null,
): IoManager {
  const copy = (value: unknown): unknown => (format === null ? value : format.decode(format.encode(value)));
  return ioManager("memory", {
    description: "Values in memory",
    ...(format === null ? {} : { format }),
    handleOutput: async ({ address }, value) => {
      const kept = isStream(value) ? new HeldStream(await collect(value)) : copy(value);
      values.set(memoryKey(address), kept);
    },
    loadInput: ({ address }) => {
      const key = memoryKey(address);
      if (!values.has(key)) throw new ValueNotStored(address);
      const value = values.get(key);
      return value instanceof HeldStream ? value[Symbol.asyncIterator]() : copy(value);
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
