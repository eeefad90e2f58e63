import { filePath } from "millrace/internal/definition/file-path";
import { findSourceMapBeside } from "millrace/internal/definition/source-map-beside";

/**
 * Makes stacks name places in the author's files, as `setSourceMapsSupport` does, but reads a map only when a stack is asked
 * for: reading those of a bundle takes a tenth of the time in which a process that executes one step starts.
 */
export function enableLazySourceMaps(): void {
  function mapPlace(whole: string, file: string, line: string, column: string): string {
    const origin = findSourceMapBeside(file)?.findOrigin(Number(line), Number(column));
    if (!origin || !("fileName" in origin) || typeof origin.fileName !== "string") return whole;
    return `${filePath(origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`;
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
