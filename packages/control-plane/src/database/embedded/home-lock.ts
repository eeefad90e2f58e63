import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@millrace/model/expected-error";
import { isAlive } from "./server-process.ts";

/** Another living Millrace server has its database in this folder. */
export class HomeInUse extends ExpectedError {
  readonly code = "home_in_use";
}

/**
 * Takes the folder for this process until the returned function is called. A lock whose holder has died, by kill -9 say, counts
 * for nothing: the holder is known by process id and start time.
 *
 * @throws HomeInUse naming the holder.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, "server.lock");
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: readStartTime(process.pid) }), {
        flag: "wx",
        mode: 0o644,
      });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 0) throw error;
      const holder = readHolder(file);
      if (holder !== null && isHolding(holder)) {
        throw new HomeInUse(
          `A Millrace server (process ${holder.pid}) already runs on ${folder}: stop it, or give this one another --home`,
        );
      }
      rmSync(file, { force: true });
    }
  }
}

/** Whether the folder's last holder has died without letting go, so that its server may still run. */
export function isAbandoned(folder: string): boolean {
  const holder = readHolder(join(folder, "server.lock"));
  return holder !== null && !isHolding(holder);
}

interface LockHolder {
  readonly pid: number;
  readonly startedAt: string | null;
}

function isHolding(holder: LockHolder): boolean {
  return isAlive(holder.pid) && readStartTime(holder.pid) === holder.startedAt;
}

function readHolder(file: string): LockHolder | null {
  try {
    const holder = JSON.parse(readFileSync(file, "utf8")) as Partial<LockHolder>;
    return typeof holder.pid === "number" ? { pid: holder.pid, startedAt: holder.startedAt ?? null } : null;
  } catch {
    return null; // cut short by a crash
  }
}

/** In clock ticks since the machine's start, after which ids are handed out anew; null where there is no /proc. */
function readStartTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
