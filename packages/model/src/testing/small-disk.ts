import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEGABYTE = 1024 * 1024;

/** A file system of its own, which is soon full. For tests. */
export interface SmallDisk extends Disposable {
  readonly folder: string;
}

/** Whether this process may make file systems: only root may, and not in every container. Says so where it may not. */
export const canMount: boolean = tryToMount();

/** Makes a file system of that size, in memory. */
export function mountSmallDisk(kilobytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "millrace-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return {
    folder,
    [Symbol.dispose]() {
      execFileSync("umount", ["--lazy", folder]);
      rmdirSync(folder);
    },
  };
}

/** Writes a file until the disk that it is on takes nothing more. */
export function fillDisk(file: string): void {
  const { bavail, bsize } = statfsSync(join(file, ".."));
  try {
    writeFileSync(file, Buffer.alloc(bavail * bsize + MEGABYTE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

function tryToMount(): boolean {
  if (process.getuid?.() === 0) {
    try {
      mountSmallDisk(64)[Symbol.dispose]();
      return true;
    } catch {
      // Told below.
    }
  }
  console.warn("Skipped: a full disk is a file system of its own, which this process may not make");
  return false;
}
