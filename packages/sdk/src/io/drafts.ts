import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** The folder under a storage folder where values are written before they take the place of old ones. */
const DRAFTS = "drafts";
/** A draft that nobody has written to for so long belongs to a process that has died. */
const ABANDONED_MS = 24 * 3_600_000;

/** Storage folders that this process has swept. */
const swept = new Set<string>();

/** A file for a value that is being written, which no other writer takes, on this machine or another; `randomUUID` would load the cryptography for it, in 5 ms. */
export function draftPath(storageDirectory: string): string {
  const name = `${process.pid}-${process.hrtime.bigint().toString(36)}-${Math.random().toString(36).slice(2)}`;
  return join(storageDirectory, DRAFTS, name);
}

/** Removes what writers that died have left, once in a process. What can not be removed stays for the next one. */
export function sweepDrafts(storageDirectory: string): void {
  if (swept.has(storageDirectory)) return;
  swept.add(storageDirectory);
  const folder = join(storageDirectory, DRAFTS);
  try {
    const before = Date.now() - ABANDONED_MS;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat && stat.mtimeMs < before) rmSync(path, { force: true });
    }
  } catch {
    // There is no such folder yet, or somebody else sweeps it.
  }
}
