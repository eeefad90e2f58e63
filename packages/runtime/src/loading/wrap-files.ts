import type { Plugin } from "esbuild";
import { SDK_FILES } from "./bundle-files.ts";
import { entryModule } from "./entry-module.ts";

/** The entry point that stands for the author's entry file; it exports all of that file's exports as `location`. */
export const ENTRY = "millrace:entry";

/**
 * Makes a function of each of the author's files instead of joining them all. V8 looks for the place of a call from the start
 * of the function that it stands in: for each of 10,000 assets in one function that takes seconds altogether.
 *
 * The SDK stays apart, in the engine's files.
 *
 * @param wrapped false: the files are joined after all, as those with a top-level `await` must be.
 */
export function wrapFiles(entry: string, wrapped: boolean): Plugin {
  return {
    name: "millrace-wrap-files",
    setup(build) {
      build.onResolve({ filter: /^millrace:entry$/ }, () => ({ path: "entry", namespace: "millrace" }));
      build.onResolve({ filter: /^millrace(\/|$)/ }, ({ path }) => {
        const file = (SDK_FILES as Readonly<Record<string, string>>)[path];
        return file === undefined ? undefined : { path: `./${file}`, external: true };
      });
      build.onLoad({ filter: /^entry$/, namespace: "millrace" }, () => ({
        contents: entryModule(entry, wrapped),
        resolveDir: "/",
      }));
    },
  };
}
