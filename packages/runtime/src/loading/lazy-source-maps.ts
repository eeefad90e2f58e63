import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Makes stacks name places in the author's files, as `setSourceMapsSupport` does, but reads a map only when a stack is asked
 * for: reading those of a bundle takes a tenth of the time in which a process that executes one step starts.
 */
export function enableLazySourceMaps(): void {
  const maps = new Map<string, SourceMap | null>();

  function findMap(file: string): SourceMap | null {
    const known = maps.get(file);
    if (known !== undefined) return known;
    const path = `${file}.map`;
    const map = existsSync(path)
      ? new SourceMap(JSON.parse(readFileSync(path, "utf8")) as ConstructorParameters<typeof SourceMap>[0])
      : null;
    maps.set(file, map);
    return map;
  }

  function mapPlace(whole: string, file: string, line: string, column: string): string {
    const origin = findMap(fileURLToPath(file))?.findOrigin(Number(line), Number(column));
    if (!origin || !("fileName" in origin) || typeof origin.fileName !== "string") return whole;
    const source = new URL(origin.fileName, file);
    return `${fileURLToPath(source)}:${origin.lineNumber}:${origin.columnNumber}`;
  }

  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map(
      (frame) => `\n    at ${String(frame).replace(/(file:\/\/[^\s()]+):(\d+):(\d+)/, mapPlace)}`,
    );
    return `${headOf(error)}${lines.join("")}`;
  };
}

function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}
