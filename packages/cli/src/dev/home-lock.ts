import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../user-api/client.ts";

/**
 * Makes this process the only `millrace dev` on a home; the returned function gives it up.
 *
 * @throws CommandError when a living process has it.
 */
export function lockHome(home: string): () => void {
  const file = join(home, "dev.lock");
  const mine = `${process.pid} ${startTimeOf(process.pid)}`;
  try {
    writeFileSync(file, mine, { flag: "wx" });
  } catch (cause) {
    const [pid, startTime] = readFileSync(file, "utf8").split(" ");
    if (pid && startTimeOf(Number(pid)) === startTime) {
      throw new CommandError(
        `millrace dev runs already for this home (process ${pid}, ${home}). Stop it, or choose another with --home.`,
        { cause },
      );
    }
    // Its process is gone: it was killed.
    writeFileSync(file, mine);
  }
  return () => rmSync(file, { force: true });
}

/** When the process was started, in the kernel's ticks; tells a process from a later one with the same number. Empty: no such process. */
function startTimeOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19] ?? "";
  } catch {
    return process.platform === "linux" ? "" : String(isAlive(pid));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
