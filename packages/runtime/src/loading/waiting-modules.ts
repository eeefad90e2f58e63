import type { Metafile } from "esbuild";
import { DefinitionsNotLoaded } from "./loading-errors.ts";

/**
 * The files of a bundle that wait for something while they are loaded, themselves or through a file that they import: those whose
 * function the bundler has made `async`.
 *
 * @param text what was bundled, in which each file is a function, see `wrapFiles`.
 */
export function listWaiting(text: string): ReadonlySet<string> {
  const names = text.matchAll(/^ {2}async (["'])(.+)\1\(\) \{$/gm);
  return new Set(Array.from(names, ([, , name]) => name ?? ""));
}

/** Whether files that wait import each other in a circle: as functions they would wait for each other for ever. */
export function waitInCircle(metafile: Metafile, waiting: ReadonlySet<string>): boolean {
  const done = new Set<string>();
  const path = new Set<string>();

  function leadsBack(file: string): boolean {
    if (path.has(file)) return true;
    if (done.has(file) || !waiting.has(file)) return false;
    path.add(file);
    const imports = metafile.inputs[file]?.imports ?? [];
    const found = imports.some(
      (imported) => imported.kind === "import-statement" && leadsBack(imported.path),
    );
    path.delete(file);
    done.add(file);
    return found;
  }

  return waiting.values().some(leadsBack);
}

/**
 * Whether a function of a file that waits is called somewhere without being awaited, as the bundler does it for `export * from`: what
 * follows would begin too early.
 *
 * @param text what was bundled.
 */
export function forgetsToWait(text: string): boolean {
  const functions = text.matchAll(/^var (init_[\w$]*) = __esm\(\{\n {2}async ["']/gm);
  const waiting = new Set(Array.from(functions, ([, name]) => name));
  const calls = text.matchAll(/(await )?\b(init_[\w$]*)\(\)(\.then)?/g);
  return calls.some(
    ([, awaited, name, then]) => waiting.has(name) && awaited === undefined && then === undefined,
  );
}

/**
 * Refuses what can't work anywhere: `require` of a file that has not finished loading when it returns.
 *
 * @throws DefinitionsNotLoaded naming both files.
 */
export function refuseRequiredWaiting(metafile: Metafile, waiting: ReadonlySet<string>): void {
  for (const [file, { imports }] of Object.entries(metafile.inputs)) {
    const found = imports.find(({ kind, path }) => kind === "require-call" && waiting.has(path));
    if (found === undefined) continue;
    throw new DefinitionsNotLoaded(
      "definitions_not_built",
      `${file}: require("${found.original ?? found.path}") can't wait for ${found.path}, which awaits something while it is loaded. ` +
        `Use import instead of require, or move the await into a function`,
    );
  }
}
