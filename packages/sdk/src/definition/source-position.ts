import { findSourceMap } from "node:module";
import { filePath } from "./file-path.ts";
import { findSourceMapBeside } from "./source-map-beside.ts";

/** A place in a file. For bundled code it is a place in the bundle until `resolveSourcePosition` has mapped it. */
export interface SourcePosition {
  /** Absolute path or URL of the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Code that somebody else wrote, such as a package that makes assets of what its caller tells it. */
const INSTALLED = /[/\\]node_modules[/\\]/;
/** Frames that are looked through for code of the author's own, where the first one is a package's. */
const MAX_FRAMES = 30;

/** The function that defines on behalf of its caller, while it does. */
let definer: ((...values: never[]) => unknown) | null = null;

/**
 * Lets what a function defines stand, for messages and on the page, at the place where that function was called, in place of the line within
 * it. For packages that make definitions of something else; what is installed in `node_modules` need not say so.
 *
 * @param factory the function that is called by whoever the definitions belong to.
 * @param define makes the definitions, at once.
 *
 * @example
 * export function table(name: string) {
 *   return definedByCaller(table, () => asset(name, () => 1));
 * }
 */
export function definedByCaller<T>(factory: (...values: never[]) => unknown, define: () => T): T {
  const before = definer;
  // The outermost one is called by the author.
  definer ??= factory;
  try {
    return define();
  } finally {
    definer = before;
  }
}

/**
 * The place from which `called` was called, or the function that defines on behalf of its caller; where an installed package did that, the place from which the author's code called
 * the package. Takes about two microseconds: one frame is captured and no text is made of it, and source maps are left for later.
 */
export function captureSourcePosition(called: (...values: never[]) => unknown): SourcePosition | null {
  const outermost = definer ?? called;
  const [first = null] = capture(outermost, 1);
  if (first === null || !INSTALLED.test(first.file)) return first;
  return capture(outermost, MAX_FRAMES).find(({ file }) => !INSTALLED.test(file)) ?? first;
}

function capture(called: (...values: never[]) => unknown, limit: number): SourcePosition[] {
  const { stackTraceLimit } = Error;
  const prepareStackTrace: unknown = Reflect.get(Error, "prepareStackTrace");
  const target: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = (_error, frames) => frames;
    Error.captureStackTrace(target, called);
    return (target.stack as NodeJS.CallSite[]).flatMap((frame) => {
      const file = frame.getFileName();
      // Node's own code calls the author's where that is loaded.
      if (!file || file.startsWith("node:")) return [];
      return [{ file, line: frame.getLineNumber() ?? 1, column: frame.getColumnNumber() ?? 1 }];
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Reflect.set(Error, "prepareStackTrace", prepareStackTrace);
  }
}

/** Maps a position in a bundle back to the author's file; paths are absolute. The first one of a file reads its source map. */
export function resolveSourcePosition(position: SourcePosition): SourcePosition {
  const map = findSourceMap(position.file) ?? findSourceMapBeside(position.file);
  const origin = map?.findOrigin(position.line, position.column);
  if (origin && "fileName" in origin && typeof origin.fileName === "string") {
    return { file: sourcePath(origin.fileName), line: origin.lineNumber, column: origin.columnNumber };
  }
  return { ...position, file: filePath(position.file) };
}

/** Thousands of definitions stand in hundreds of files, and to read a URL takes a few microseconds. */
const sourcePaths = new Map<string, string>();

function sourcePath(url: string): string {
  const path = sourcePaths.get(url) ?? filePath(url);
  sourcePaths.set(url, path);
  return path;
}

/** A position as text for messages: `/home/me/shop/assets.ts:12`. */
export function formatSourcePosition(position: SourcePosition | null): string {
  if (position === null) return "unknown place";
  const { file, line } = resolveSourcePosition(position);
  return `${file}:${line}`;
}
