import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/** How the names of Node's own modules begin among the inputs of a bundle. */
export const QUICK_BUILTIN = "quick-builtin:";
const NAMESPACE = QUICK_BUILTIN.slice(0, -1);
/** Modules that Node has loaded by itself before any code runs. */
const LOADED_ANYWAY = new Set([
  "node:async_hooks",
  "node:events",
  "node:fs",
  "node:module",
  "node:path",
  "node:url",
  "node:util",
]);

/**
 * Takes Node's own modules as they are instead of importing them, and those that Node has not loaded by itself only once
 * one of their functions is called. An import reads every export, also those that load more when they are read: of `node:fs`
 * alone the streams. Cryptography, child processes and compression, which most steps have no use for, take 5 ms each. All of it
 * together is a third of the time in which a process of the engine starts.
 */
export function quickBuiltins(): Plugin {
  return {
    name: "millrace-quick-builtins",
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
        isBuiltin(path) && kind === "import-statement" ? { path, namespace: NAMESPACE } : undefined,
      );
      build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({ contents: moduleOf(path) }));
    },
  };
}

/** A module with the same exports, of which only those that somebody imports stay in the bundle. */
function moduleOf(name: string): string {
  const names = Object.keys(process.getBuiltinModule(name) as object);
  return [
    `const load = () => process.getBuiltinModule(${JSON.stringify(name)});`,
    `const pick = (key) => load()[key];`,
    ...names.map((key) => {
      // What begins with a capital may be a class, which must be itself.
      const isLate = !LOADED_ANYWAY.has(name) && /^[a-z]/.test(key) && isFunction(name, key);
      return `export const ${key} = ${isLate ? `(...args) => load().${key}(...args)` : `/* @__PURE__ */ pick("${key}")`};`;
    }),
  ].join("\n");
}

function isFunction(name: string, key: string): boolean {
  return typeof Reflect.get(process.getBuiltinModule(name) as object, key) === "function";
}
