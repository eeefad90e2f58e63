import { constants, enableCompileCache } from "node:module";
import { join } from "node:path";

/**
 * Keeps what this process compiles from now on, and finds what processes before it have kept: in the folder of `millrace`, which code
 * servers keep small, or where it can't be written, in Node's. Call it before anything big is imported.
 */
export function keepCompiled(): void {
  const { HOME, XDG_CACHE_HOME, NODE_COMPILE_CACHE } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, ".cache"));
  const own = caches && !NODE_COMPILE_CACHE ? join(caches, "millrace/compiled") : undefined;
  if (enableCompileCache(own).status === constants.compileCacheStatus.FAILED) enableCompileCache();
}
