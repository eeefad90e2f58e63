import type { Plugin } from "esbuild";
import { SDK_FILES } from "./bundle-files.ts";
import { entryModule } from "./entry-module.ts";

/** The entry point that stands for the author's entry file; it exports all of that file's exports as `location`. */
export const ENTRY = "millrace:entry";

const SDK_IN_BUNDLE = "millrace-sdk";

/**
 * Makes a function of each of the author's files instead of joining them all. V8 looks for the place of a call from the start
 * of the function that it stands in: for each of 10,000 assets in one function that takes seconds altogether.
 *
 * A file that awaits something while it is loaded becomes an `async` function, and whoever imports it awaits that. This is as good as
 * what Node does, but for files that import each other in a circle.
 *
 * The SDK stays apart, in the engine's files.
 *
 * @param wrapped false: the files are joined after all, as those must be that wait and import each other in a circle.
 */
export function wrapFiles(entry: string, wrapped: boolean): Plugin {
  return {
    name: "millrace-wrap-files",
    setup(build) {
      build.onResolve({ filter: /^millrace:entry$/ }, () => ({ path: "entry", namespace: "millrace" }));
      build.onLoad({ filter: /^entry$/, namespace: "millrace" }, () => ({
        contents: entryModule(entry, wrapped),
        resolveDir: "/",
      }));
      build.onResolve({ filter: /^millrace(\/|$)/ }, ({ path, kind, namespace }) => {
        const file = (SDK_FILES as Readonly<Record<string, string>>)[path];
        if (file === undefined) return undefined;
        if (kind === "require-call" && namespace !== SDK_IN_BUNDLE) return { path, namespace: SDK_IN_BUNDLE };
        return { path: `./${file}`, external: true };
      });
      // `require` would look for the file from the project's folder.
      build.onLoad({ filter: /./, namespace: SDK_IN_BUNDLE }, ({ path }) => ({
        contents: `export * from ${JSON.stringify(path)};`,
      }));
    },
  };
}
