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

/**
 * The place from which `called` was called. Takes about two microseconds: one frame is captured and no text is made of
 * it, and source maps are left for later.
 */
export function captureSourcePosition(called: (...values: never[]) => unknown): SourcePosition | null {
  const { stackTraceLimit } = Error;
  const prepareStackTrace: unknown = Reflect.get(Error, "prepareStackTrace");
  const target: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, frames) => frames;
    Error.captureStackTrace(target, called);
    const [frame] = target.stack as NodeJS.CallSite[];
    const file = frame?.getFileName();
    if (!frame || !file) return null;
    return { file, line: frame.getLineNumber() ?? 1, column: frame.getColumnNumber() ?? 1 };
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
