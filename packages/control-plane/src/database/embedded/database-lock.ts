import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@millrace/model/time/clock";
import {
  describeLockHolder,
  readLockHolder,
  tryLockFile,
  type FileLock,
} from "@millrace/protocol/homes/file-lock";
import { HomeInUse } from "./home-lock.ts";
import { stopServerOf } from "./server-process.ts";

/** How long a database server that can't be seen from here gets to end. */
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Takes the data folder of a home whose server lock this process has. Every process of PostgreSQL inherits this lock and has
 * nothing else to do with it, so whoever gets it knows that none is left. Those that a killed server has left are stopped first.
 *
 * The lock is to be handed to the processes of one start, then released here.
 *
 * @throws HomeInUse when one runs on in another container or on another host.
 */
export async function takeDatabase(folder: string): Promise<FileLock> {
  const dataFolder = join(folder, "data");
  const file = join(folder, "postgres.lock");
  const deadline = systemClock.monotonic() + WAIT_MS;
  const never = new AbortController().signal;
  for (;;) {
    await stopServerOf(dataFolder);
    const last = readLockHolder(file);
    const lock = tryLockFile(file);
    if (lock) {
      forgetPostmaster(dataFolder, last?.pid);
      return lock;
    }
    if (systemClock.monotonic() > deadline) {
      throw new HomeInUse(
        `A PostgreSQL (${describeLockHolder(file)}) still runs on ${dataFolder}, out of reach of this server: ` +
          "stop the container or host that it runs in, or give this server another --home",
      );
    }
    await systemClock.sleep(LOOK_EVERY_MS, never);
  }
}

/**
 * Deletes the file by which PostgreSQL keeps its data folder for itself, when its process is known to be dead: it held the lock
 * that is ours now. PostgreSQL takes any process that has got the same id since for a living server, and the ids of containers
 * repeat. A file of another server, which somebody has started by hand, is PostgreSQL's to judge.
 */
function forgetPostmaster(dataFolder: string, lastHolder: number | undefined): void {
  const file = join(dataFolder, "postmaster.pid");
  if (readPid(file) === lastHolder) rmSync(file, { force: true });
}

function readPid(file: string): number | null {
  try {
    return Number(readFileSync(file, "utf8").split("\n")[0]);
  } catch {
    return null;
  }
}
