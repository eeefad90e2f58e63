import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateOf, type FileState } from "@millrace/protocol/homes/file-state";

/** Leaves word of what the code of a location was made of the last time that it was loaded, or should have been. */
export function writeSources(workingDirectory: string, entry: string, sources: readonly FileState[]): void {
  const file = sourcesFile(workingDirectory, entry);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(sources));
  renameSync(`${file}.${process.pid}`, file);
}

/** What `writeSources` left; only the entry when it never did. */
export function readSources(workingDirectory: string, entry: string): readonly FileState[] {
  try {
    return JSON.parse(readFileSync(sourcesFile(workingDirectory, entry), "utf8")) as FileState[];
  } catch {
    return [stateOf(join(workingDirectory, entry))];
  }
}

/** Several locations may have their entries in one folder. */
function sourcesFile(workingDirectory: string, entry: string): string {
  const name = createHash("sha256").update(entry).digest("hex").slice(0, 16);
  return join(workingDirectory, ".millrace/sources", `${name}.json`);
}
