import { BlockingCheckFailed } from "./step-failures.ts";

/**
 * Does something for one partition after the other. A blocking check that does not pass for one of them holds back none of
 * the others; any other failure does.
 *
 * @throws BlockingCheckFailed at the end, with the names of all checks that did not pass.
 */
export async function forEachPartition<T>(
  partitions: Iterable<T>,
  work: (partition: T) => Promise<void>,
): Promise<void> {
  const blocking = new Set<string>();
  for (const partition of partitions) {
    try {
      await work(partition);
    } catch (error) {
      if (!(error instanceof BlockingCheckFailed)) throw error;
      for (const name of error.names) blocking.add(name);
    }
  }
  if (blocking.size > 0) throw new BlockingCheckFailed([...blocking]);
}
