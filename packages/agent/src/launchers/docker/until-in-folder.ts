import { watch } from "node:fs";

/** Resolves once something in a folder is as it is wanted; looks whenever a file in it changes. Never after the signal is aborted. */
export function untilInFolder(folder: string, isThere: () => boolean, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watcher = watch(folder, { signal });
  const look = (): void => {
    if (!isThere()) return;
    watcher.close();
    resolve();
  };
  watcher.on("change", look).on("error", reject);
  look();
  return promise;
}
