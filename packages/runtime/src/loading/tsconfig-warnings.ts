import { relative } from "node:path";
import type { TsConfigJson } from "get-tsconfig";

type Options = NonNullable<TsConfigJson["compilerOptions"]>;

/** What the compiler would do for an option and the bundler does not, where the code then means something else. */
const NOT_HONOURED: Readonly<
  Record<string, { readonly isSet: (options: Options) => boolean; readonly means: string }>
> = {
  emitDecoratorMetadata: {
    isSet: ({ emitDecoratorMetadata }) => emitDecoratorMetadata === true,
    means: "Reflect.getMetadata finds no types of decorated members when the code runs",
  },
  moduleSuffixes: {
    isSet: ({ moduleSuffixes = [] }) => moduleSuffixes.some((suffix) => suffix !== ""),
    means: "imports find only the file that they name",
  },
  rootDirs: {
    isSet: ({ rootDirs = [] }) => rootDirs.length > 1,
    means: "relative imports are looked up in the folder of their file only",
  },
  customConditions: {
    isSet: ({ customConditions = [] }) => customConditions.length > 0,
    means: "packages are resolved as Node does, without these conditions",
  },
  esModuleInterop: {
    isSet: ({ esModuleInterop }) => esModuleInterop === false,
    means:
      "the default import of a CommonJS module is its module.exports, and import * of one can't be called",
  },
  jsx: {
    isSet: ({ jsx }) => jsx === "preserve" || jsx === "react-native",
    means: "JSX becomes calls of React.createElement, or of jsxFactory",
  },
  plugins: {
    isSet: ({ plugins = [] }) => plugins.some((plugin) => "transform" in plugin),
    means: "transformers of other compilers do not run",
  },
};

/**
 * The options of the tsconfig that holds for a file, those that it extends included, that change what code means and do not hold here: the
 * bundler takes types away without reading them.
 *
 * @param path absolute path of a file, or of a folder with such.
 */
export async function listTsconfigWarnings(path: string, workingDirectory: string): Promise<string[]> {
  const { getTsconfig } = await import("get-tsconfig");
  const found = readTsconfig(() => getTsconfig(path));
  if (found === null) return [];
  const file = relative(workingDirectory, found.path) || found.path;
  const options = found.config.compilerOptions ?? {};
  return Object.entries(NOT_HONOURED)
    .filter(([, { isSet }]) => isSet(options))
    .map(([name, { means }]) => `${file}: "${name}" does not hold for definitions: ${means}`);
}

/** Null: there is none, or it can't be read, which the bundler has a word about. */
function readTsconfig<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
