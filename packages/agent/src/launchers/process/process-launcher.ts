import { mkdtempSync, mkdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Launcher } from "../launcher.ts";
import { findCodeServerProcess, startCodeServerProcess } from "./code-server-process.ts";
import type { ProcessHost } from "./process-host.ts";
import { findWorkerProcess, startWorkerProcess } from "./worker-process.ts";

/** The kernel takes 107 bytes; the file's own name needs 17. */
const MAX_SOCKET_FOLDER_BYTES = 85;

/**
 * Launches code servers and run workers as processes on the agent's machine.
 *
 * @param command the words that start `millrace`, before its subcommand.
 */
export function createProcessLauncher(
  command: readonly string[],
  home: string,
  { clock, ids }: Pick<ProcessHost, "clock" | "ids">,
): Launcher {
  const socketFolder = createSocketFolder(home);
  const released = new AbortController();
  const host: ProcessHost = { command, socketFolder, clock, ids, released: released.signal };
  return {
    kind: "process",
    startCodeServer: (launch, signal) => startCodeServerProcess(host, launch, signal),
    findCodeServer: (record) => findCodeServerProcess(host, record),
    startWorker: (launch) => startWorkerProcess(host, launch),
    findWorker: (record) => findWorkerProcess(host, record),
    close() {
      released.abort();
      try {
        if (!socketFolder.startsWith(home)) rmdirSync(socketFolder);
      } catch {
        // Code servers that were left running still have their sockets there.
      }
    },
  };
}

/** A folder only this user can enter, with a path short enough for a unix socket. */
function createSocketFolder(home: string): string {
  const folder = join(home, "sockets");
  if (Buffer.byteLength(folder) > MAX_SOCKET_FOLDER_BYTES) return mkdtempSync(join(tmpdir(), "millrace-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
