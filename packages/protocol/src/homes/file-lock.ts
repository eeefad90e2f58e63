import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { ExpectedError } from "@millrace/model/expected-error";

/** This machine or file system can't lock files; the message says what to do. */
export class FileLockUnavailable extends ExpectedError {
  readonly code = "file_lock_unavailable";
}

/** A lock that the kernel holds on a file: other containers and, where the file system allows, other hosts respect it. */
export interface FileLock {
  /**
   * The open file that carries the lock. A child process that is started with it holds the lock too: it is free when all of
   * them have ended or closed it.
   */
  readonly descriptor: number;
  /** Notes a child process, which has inherited the lock, as the holder. Before that, it is this process. */
  readonly noteHolder: (pid: number) => void;
  /** Gives up this process's part. */
  readonly release: () => void;
}

/** Who holds a lock, as it wrote about itself. */
export interface LockHolder {
  readonly pid: number;
  /** A container's is its id or its pod's name. */
  readonly host: string;
}

/** `open` takes the lock by itself on macOS, which has no program for it. */
const O_EXLOCK = 0x20;
const OPEN_FLAGS = constants.O_RDWR | constants.O_CREAT;

/**
 * Locks a file for this process, and makes the file where there is none. The lock ends with the process, however it dies; the
 * file stays, because a lock on a file that was deleted excludes nobody.
 *
 * @returns null when somebody else holds it: `readLockHolder` says who.
 * @throws FileLockUnavailable where files can't be locked.
 */
export function tryLockFile(path: string): FileLock | null {
  for (;;) {
    const descriptor = openLocked(path);
    if (descriptor === null) return null;
    // Deleted and made again between opening and locking: this lock is on a file that nobody else will find.
    if (statSync(path, { throwIfNoEntry: false })?.ino !== fstatSync(descriptor).ino) {
      closeSync(descriptor);
      continue;
    }
    noteHolder(descriptor, process.pid);
    return {
      descriptor,
      noteHolder: (pid) => noteHolder(descriptor, pid),
      release: () => closeSync(descriptor),
    };
  }
}

/** Who holds a lock, or held it last; null when nobody has said so. */
export function readLockHolder(path: string): LockHolder | null {
  try {
    const { pid, host } = JSON.parse(readFileSync(path, "utf8")) as Partial<LockHolder>;
    return typeof pid === "number" && typeof host === "string" ? { pid, host } : null;
  } catch {
    return null; // cut short by a crash
  }
}

/** Names who holds a lock, for a message: `process 17 on host db-1`. */
export function describeLockHolder(path: string): string {
  const holder = readLockHolder(path);
  return holder ? `process ${holder.pid} on host ${holder.host}` : "another process";
}

function noteHolder(descriptor: number, pid: number): void {
  ftruncateSync(descriptor);
  writeSync(descriptor, JSON.stringify({ pid, host: hostname() } satisfies LockHolder), 0);
}

/** @returns null when another process holds the lock. */
function openLocked(path: string): number | null {
  if (process.platform === "darwin") {
    try {
      return openSync(path, OPEN_FLAGS | O_EXLOCK | constants.O_NONBLOCK, 0o644);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return null;
      throw error;
    }
  }
  const descriptor = openSync(path, OPEN_FLAGS, 0o644);
  // The lock belongs to the open file, which the program shares with us: it stays when the program has ended.
  const { status, error, stderr } = spawnSync("flock", ["-n", "3"], {
    stdio: ["ignore", "ignore", "pipe", descriptor],
    encoding: "utf8",
  });
  if (status === 0) return descriptor;
  closeSync(descriptor);
  if (error) {
    throw new FileLockUnavailable(
      "Millrace locks its folders with the program `flock`, which can't be started here: install util-linux",
      { cause: error },
    );
  }
  if (status === 1 && stderr === "") return null;
  throw new FileLockUnavailable(
    `${path} can't be locked (${stderr.trim()}): choose a --home on a file system with locks`,
  );
}
