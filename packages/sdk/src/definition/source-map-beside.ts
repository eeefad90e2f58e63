import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { pathToFileURL } from "node:url";
import { filePath } from "./file-path.ts";

/** Held weakly: the decoded map of the server takes 80 MB, and errors that ask for it are rare. Null: there is none. */
const known = new Map<string, WeakRef<SourceMap> | null>();

/**
 * The source map that stands beside a file as `FILE.map`, read when it is first asked for. Processes that run the engine keep to
 * this instead of Node's own support, which reads every map while it loads a file: that of the engine takes a third of the time
 * in which a run worker starts.
 *
 * @param file absolute path or URL.
 * @returns null when there is none, or none that can be read. It names sources by their URLs.
 */
export function findSourceMapBeside(file: string): SourceMap | null {
  const found = known.get(file);
  if (found === null) return null;
  const kept = found?.deref();
  if (kept) return kept;
  const map = readSourceMap(`${filePath(file)}.map`);
  known.set(file, map && new WeakRef(map));
  return map;
}

function readSourceMap(path: string): SourceMap | null {
  if (!existsSync(path)) return null;
  try {
    const map = JSON.parse(readFileSync(path, "utf8")) as ConstructorParameters<typeof SourceMap>[0];
    const sources = map.sources.map((source) => new URL(source, pathToFileURL(path)).href);
    return new SourceMap({ ...map, sources });
  } catch {
    return null; // A place in the bundle says more than an error about its map.
  }
}
