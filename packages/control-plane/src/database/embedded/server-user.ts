import { createHash } from "node:crypto";
import {
  accessSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { EmbeddedPostgresUnavailable } from "./binaries.ts";
import { stopServerOf } from "./server-process.ts";

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

/**
 * Gives the folder in which the server keeps everything: `<home>/postgres`, made if it is missing.
 *
 * When the server runs as another user who can't enter the home, the folder lies under /var/lib/millrace/databases and
 * `<home>/postgres` is a link to it. A folder there whose home has been deleted is set aside, not reused: a new home starts empty.
 */
export async function prepareServerFolder(home: string): Promise<string> {
  mkdirSync(home, { recursive: true });
  const folder = join(realpathSync(home), "postgres");
  if (lstatSync(folder, { throwIfNoEntry: false })) return realpathOrMake(folder);
  if (process.getuid?.() !== 0 || canEveryoneEnter(dirname(folder))) {
    mkdirSync(folder, { mode: 0o755 });
    return folder;
  }
  const digest = createHash("sha256").update(folder).digest("hex").slice(0, 8);
  const outside = join(SYSTEM_FOLDER, "databases", `${basename(dirname(folder))}-${digest}`);
  if (statSync(outside, { throwIfNoEntry: false })) {
    await stopServerOf(join(outside, "data"));
    rmSync(`${outside}.old`, { recursive: true, force: true });
    renameSync(outside, `${outside}.old`);
  }
  mkdirSync(outside, { recursive: true, mode: 0o755 });
  symlinkSync(outside, folder);
  return outside;
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

function realpathOrMake(folder: string): string {
  try {
    const path = realpathSync(folder);
    accessSync(path, constants.R_OK | constants.X_OK);
    return path;
  } catch (cause) {
    throw new EmbeddedPostgresUnavailable(
      `The database folder ${folder} can't be entered. If what it points to was deleted, delete the link too, and Millrace starts with an empty database`,
      { cause },
    );
  }
}
