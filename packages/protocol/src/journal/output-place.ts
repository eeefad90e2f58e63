import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where the output of workers goes in the place of the control plane: a bucket of the user's own. */
export interface OutputPlace {
  /** `s3://BUCKET/PREFIX` */
  readonly place: string;
  /** Where people see it, with `{run}` and `{attempt}`; null: the control plane shows no link. */
  readonly link: string | null;
}

/**
 * Notes in a worker's directory where its output goes. Whoever delivers it, be it the worker, its agent or the agent after that one,
 * reads it there.
 */
export function writeOutputPlace(workerDirectory: string, place: OutputPlace): void {
  writeFileSync(outputPlacePath(workerDirectory), JSON.stringify(place), { mode: 0o600 });
}

/** Where the output of a directory's worker goes; null: to the control plane. */
export function readOutputPlace(workerDirectory: string): OutputPlace | null {
  let text: string;
  try {
    text = readFileSync(outputPlacePath(workerDirectory), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    // What was to stay private must not go elsewhere because a file can't be read.
    throw error;
  }
  const { place, link } = JSON.parse(text) as OutputPlace;
  return { place, link };
}

/** The link to an attempt's output. */
export function outputLink(template: string, runId: string, attempt: number): string {
  return template.replaceAll("{run}", runId).replaceAll("{attempt}", String(attempt));
}

function outputPlacePath(workerDirectory: string): string {
  return join(workerDirectory, "output-place.json");
}
