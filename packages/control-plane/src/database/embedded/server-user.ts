import { chownSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { EmbeddedPostgresUnavailable } from "./binaries.ts";

/** Where root keeps what an unprivileged user must be able to enter. */
export const SYSTEM_FOLDER = "/var/lib/millrace";

/** Who runs the database server. PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The user that the server must be switched to: null unless we are root. An existing data folder keeps its owner. */
export function findServerUser(dataFolder: string): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const account = ["postgres", "nobody"]
    .map((name) => accounts.find((fields) => fields[0] === name))
    .find(Boolean);
  if (account === undefined) {
    throw new EmbeddedPostgresUnavailable(
      "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as. Add one, start Millrace as another user, or set DATABASE_URL",
    );
  }
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

/** Hands a file or folder of ours to the server's user. */
export function giveTo(path: string, user: ServerUser | null): void {
  if (user) chownSync(path, user.uid, user.gid);
}

/** Whether a user without any rights of their own can reach what is in the folder: every folder on the way lets others pass. */
export function canEveryoneEnter(folder: string): boolean {
  const passable = (statSync(folder).mode & 0o001) !== 0;
  return passable && (dirname(folder) === folder || canEveryoneEnter(dirname(folder)));
}
