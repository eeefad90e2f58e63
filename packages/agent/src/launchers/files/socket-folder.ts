import { mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The kernel takes 107 bytes; the file's own name needs 17. */
const MAX_SOCKET_FOLDER_BYTES = 85;

/** A folder in which code servers listen. */
export interface SocketFolder {
  readonly path: string;
  /** Removes it when it is not the home's own, and nobody listens in it any more. */
  release(): void;
}

/** A folder only this user can enter, with a path short enough for a unix socket. */
export function openSocketFolder(home: string): SocketFolder {
  const folder = join(home, "sockets");
  if (Buffer.byteLength(folder) <= MAX_SOCKET_FOLDER_BYTES) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return { path: folder, release: () => {} };
  }
  const path = mkdtempSync(join(tmpdir(), "millrace-"));
  return {
    path,
    release() {
      try {
        rmdirSync(path);
      } catch {
        // Code servers that were left running still have their sockets there.
      }
    },
  };
}
