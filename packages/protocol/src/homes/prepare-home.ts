import { accessSync, constants, mkdirSync, statSync, type Stats } from "node:fs";
import { userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import { ExpectedError } from "@millrace/model/expected-error";

/** A home can't be used; the message says why and what to do. */
export class HomeUnusable extends ExpectedError {
  readonly code = "home_unusable";
}

/**
 * Makes a home, with the folders that lead to it, where there is none.
 *
 * @param mode permissions of folders that are made.
 * @throws HomeUnusable when it can't be made or written to.
 */
export function prepareHome(home: string, mode = 0o755): void {
  try {
    const place = findPlace(resolve(home));
    if (!place.stats.isDirectory()) throw new HomeUnusable(describe(home, `${place.path} is a file`));
    // Before it is made: where nothing can be written, that is said with other codes.
    accessSync(place.path, constants.W_OK | constants.X_OK);
    mkdirSync(home, { recursive: true, mode });
  } catch (error) {
    throw explainHomeError(home, error);
  }
}

/** What to throw in the place of an error that came from using a home: HomeUnusable when the home is the cause, else the error. */
export function explainHomeError(home: string, error: unknown): unknown {
  if (error instanceof HomeUnusable || !(error instanceof Error) || !("code" in error)) return error;
  const reason = REASONS[String(error.code)];
  if (reason === undefined) return error;
  const path = "path" in error && typeof error.path === "string" ? error.path : home;
  return new HomeUnusable(describe(home, reason(path)), { cause: error });
}

/** By what the system says. */
const REASONS: Readonly<Record<string, (path: string) => string>> = {
  EACCES: (path) => `the user ${userName()} may not use ${path}`,
  EPERM: (path) => `the user ${userName()} may not use ${path}`,
  EROFS: (path) => `${path} is on a read-only file system`,
  ENOSPC: (path) => `there is no room left for ${path}`,
  EDQUOT: (path) => `the quota leaves no room for ${path}`,
  ENOTDIR: (path) => `${path} leads through a file`,
  EIO: (path) => `the disk fails at ${path}`,
};

function describe(home: string, reason: string): string {
  return `The home ${home} can't be used: ${reason}. Choose another with --home`;
}

/** The home, or the nearest folder above it that is there. */
function findPlace(path: string): { readonly path: string; readonly stats: Stats } {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? { path, stats } : findPlace(dirname(path));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.()); // a container's user need not have a name
  }
}
