import { LogBytesMissing, type LogStorage } from "../logs/storage/log-storage.ts";

/** For tests and simulations, in which nothing is waited for but the database: output in this process's memory. */
export function createMemoryLogStorage(): LogStorage {
  const objects = new Map<string, Buffer>();
  return {
    place: "memory",
    async put(key, bytes) {
      objects.set(key, Buffer.from(bytes));
    },
    async get(key, start, end) {
      const bytes = objects.get(key);
      if (bytes === undefined || bytes.length < end) throw new LogBytesMissing("memory", key);
      return bytes.subarray(start, end);
    },
    async list(folder) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(`${folder}/`));
      return keys.map((key) => ({ key, writtenAt: 0 }));
    },
    async remove(keys) {
      for (const key of keys) objects.delete(key);
    },
  };
}

/** For tests: what the contexts of tests share, as the replicas of a control plane do. */
export const TEST_LOGS = createMemoryLogStorage();
