import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { tryLockFile } from "@millrace/protocol/homes/file-lock";
import { prepareHome } from "@millrace/protocol/homes/prepare-home";
import { EmbeddedPostgresUnavailable } from "./binaries.ts";
import { SERVER_LOCK } from "./home-lock.ts";
import { stopServerOf } from "./server-process.ts";
import { canEveryoneEnter, SYSTEM_FOLDER } from "./server-user.ts";

/** Folders of servers whose user can't enter the home. */
const OUTSIDE = join(SYSTEM_FOLDER, "databases");

/**
 * Gives the folder in which the server keeps everything: `<home>/postgres`, made if it is missing.
 *
 * When the server runs as another user who can't enter the home, the folder lies under /var/lib/millrace/databases and
 * `<home>/postgres` is a link to it. What a deleted home has left there is not reused: a new home starts empty.
 */
export async function prepareServerFolder(home: string): Promise<string> {
  prepareHome(home);
  const place = realpathSync(home);
  const folder = join(place, "postgres");
  if (lstatSync(folder, { throwIfNoEntry: false })) return resolveFolder(place, folder);
  if (process.getuid?.() !== 0 || canEveryoneEnter(place)) {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    return folder;
  }
  await cleanUpOutside(place);
  mkdirSync(OUTSIDE, { recursive: true, mode: 0o755 });
  const outside = mkdtempSync(join(OUTSIDE, `${basename(place)}-`));
  chmodSync(outside, 0o755);
  writeFileSync(join(outside, "home"), place);
  try {
    symlinkSync(outside, folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    rmSync(outside, { recursive: true }); // Another server that starts on this home was faster.
  }
  return resolveFolder(place, folder);
}

function resolveFolder(home: string, folder: string): string {
  try {
    const path = realpathSync(folder);
    // Keeps up with a home that was moved, link and all.
    if (path.startsWith(`${OUTSIDE}/`) && readHome(path) !== home) writeFileSync(join(path, "home"), home);
    return path;
  } catch (cause) {
    throw new EmbeddedPostgresUnavailable(
      `The database folder ${folder} can't be used. If what it points to was deleted, delete the link too, and Millrace starts with an empty database`,
      { cause },
    );
  }
}

/**
 * Deletes what temporary homes have left, and of what earlier homes in this place have left all but the newest: a home may only
 * have been moved, and claims its folder back when it starts elsewhere.
 */
async function cleanUpOutside(home: string): Promise<void> {
  const temporary = `${realpathSync(tmpdir())}/`;
  for (const name of existsSync(OUTSIDE) ? readdirSync(OUTSIDE) : []) {
    const folder = join(OUTSIDE, name);
    const owner = readHome(folder);
    const isAbandoned = owner !== null && owner.startsWith(temporary) && !existsSync(owner);
    if (!isAbandoned && owner !== home && owner !== leftBy(home)) continue;
    const lock = tryLockFile(join(folder, SERVER_LOCK));
    if (lock === null) continue; // its server is at work, or another process is cleaning up
    await stopServerOf(join(folder, "data"));
    if (owner === home) writeFileSync(join(folder, "home"), leftBy(home));
    else rmSync(folder, { recursive: true, force: true });
    lock.release();
  }
}

function leftBy(home: string): string {
  return `left by ${home}`;
}

function readHome(folder: string): string | null {
  try {
    return readFileSync(join(folder, "home"), "utf8");
  } catch {
    return null;
  }
}
