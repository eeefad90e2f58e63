import { join } from "node:path";
import { ExpectedError } from "@millrace/model/expected-error";
import { describeLockHolder, tryLockFile, type FileLock } from "@millrace/protocol/homes/file-lock";

/** Another living Millrace server has its database in this home. */
export class HomeInUse extends ExpectedError {
  readonly code = "home_in_use";
}

/** The file in a server's folder that is locked for as long as the server lives. */
export const SERVER_LOCK = "server.lock";

/**
 * Takes a server's folder for this process until the lock is released or the process ends, however it ends.
 *
 * @param home as the user knows it, for the message.
 * @throws HomeInUse naming the holder, also one in another container or on another host.
 */
export function lockFolder(folder: string, home: string): FileLock {
  const file = join(folder, SERVER_LOCK);
  const lock = tryLockFile(file);
  if (lock) return lock;
  throw new HomeInUse(
    `A Millrace server (${describeLockHolder(file)}) already runs on ${home}: stop it, or give this one another --home. ` +
      "Several servers may run on one database with --database-url",
  );
}
