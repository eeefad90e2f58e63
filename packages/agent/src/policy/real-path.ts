import { realpathSync } from "node:fs";
import { resolve, sep } from "node:path";

/** Whether a path is a folder or lies in it, wherever symbolic links lead. */
export function isInside(path: string, folder: string): boolean {
  const [real, within] = [toRealPath(path), toRealPath(folder)];
  return real === within || real.startsWith(within.endsWith(sep) ? within : within + sep);
}

/** The path without symbolic links; as it is when nothing is there: then there is nothing to run either. */
function toRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
