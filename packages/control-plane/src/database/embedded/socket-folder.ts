import { createHash } from "node:crypto";
import { chownSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedPostgresUnavailable } from "./binaries.ts";
import type { ServerUser } from "./server-user.ts";

/** The kernel's limit is 108 bytes with the closing zero on Linux, 104 on macOS; the file is `.s.PGSQL.5432`. */
const MAX_FOLDER_BYTES = 103 - "/.s.PGSQL.5432".length;

/**
 * The folder of the server's unix socket: the data folder, which only its owner may enter. Where that path is too long for a
 * socket: a folder of the same kind in the temporary folder, named after the path.
 */
export function prepareSocketFolder(dataFolder: string, user: ServerUser | null): string {
  if (Buffer.byteLength(dataFolder) <= MAX_FOLDER_BYTES) return dataFolder;
  const digest = createHash("sha256").update(dataFolder).digest("hex").slice(0, 12);
  const shortest = Buffer.byteLength(tmpdir()) <= MAX_FOLDER_BYTES - 30 ? tmpdir() : "/tmp";
  const folder = join(shortest, `millrace-pg-${digest}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (user) chownSync(folder, user.uid, user.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const found = lstatSync(folder);
  const owner = user?.uid ?? process.getuid?.();
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o077) !== 0) {
    throw new EmbeddedPostgresUnavailable(
      `${folder}, where the database's socket should be, belongs to someone else: delete it, or choose a --home with a shorter path`,
    );
  }
  return folder;
}
