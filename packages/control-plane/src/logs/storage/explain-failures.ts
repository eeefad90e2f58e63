import { ExpectedError } from "@millrace/model/expected-error";
import type { Logger } from "pino";
import type { LogStorage } from "./log-storage.ts";

/** The log storage did not do what it should; whoever sends output tries again. */
export class LogStorageUnusable extends ExpectedError {
  readonly code = "unavailable";
}

/** The same storage: what fails in it is said with its place, and logged, as no bug of ours. */
export function explainFailures(storage: LogStorage, logger: Logger): LogStorage {
  const explain = (doing: string) => (cause: unknown) => {
    if (cause instanceof ExpectedError) throw cause;
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    logger.error({ reason }, `the log storage, ${storage.place}, can't be ${doing}`);
    throw new LogStorageUnusable(`The log storage, ${storage.place}, can't be ${doing}: ${reason}`, {
      cause,
    });
  };
  return {
    ...storage,
    put: (key, bytes) => storage.put(key, bytes).catch(explain("written")),
    get: (key, start, end) => storage.get(key, start, end).catch(explain("read")),
    list: (folder) => storage.list(folder).catch(explain("read")),
    remove: (keys) => storage.remove(keys).catch(explain("written")),
  };
}
