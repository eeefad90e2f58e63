import { readdirSync, readFileSync } from "node:fs";

/** In the environment of all that the run starts, so that it is known also when what started it has ended. */
const MARK = "MILLRACE_EXECUTION";

/**
 * Lets what user code starts end with this process, as it ends with a run worker: all that is left in this process's group of what it or
 * its children started. The group itself is the shell's, which has others in it. Only Linux tells who started what.
 *
 * @param mark what no other execution is called.
 */
export function endChildrenAtExit(mark: string): void {
  if (process.platform !== "linux") return;
  process.env[MARK] = mark;
  process.on("exit", () => {
    for (const pid of listStarted(mark)) endProcess(pid);
  });
}

function listStarted(mark: string): number[] {
  const processes = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readProcess(Number(name))),
  );
  const self = processes.get(process.pid);
  const isStarted = (pid: number): boolean => {
    const parent = processes.get(pid)?.parent ?? 0;
    return parent === process.pid || (parent > 1 && isStarted(parent));
  };
  return [...processes]
    .filter(([pid, { group }]) => pid !== process.pid && group === self?.group)
    .filter(
      ([pid]) => isStarted(pid) || readFile(`/proc/${pid}/environ`).split("\0").includes(`${MARK}=${mark}`),
    )
    .map(([pid]) => pid);
}

/** A process with its parent and group; nothing when it has ended. */
function readProcess(
  pid: number,
): [number, { readonly parent: number; readonly group: string | undefined }][] {
  const stat = readFile(`/proc/${pid}/stat`);
  // The command's name stands in brackets and may hold anything, brackets too: the fields begin after the last one.
  const [, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return parent === undefined ? [] : [[pid, { parent: Number(parent), group }]];
}

/** What a file of the kernel says; nothing about what has ended, or is somebody else's. */
function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself, or runs as somebody else, whom user code made it.
  }
}
