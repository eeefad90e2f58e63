import { readdirSync, readFileSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { listDescendants, pssMegabytes } from "../../bench/processes.ts";
import type { Stack } from "../system/stack.ts";
import type { Point } from "./slope.ts";

/** Series of points by what they measure, such as `server.pss_mb`. */
export type Series = Map<string, Point[]>;

/** Folders that are weighed, by their names in the result. */
export type Folders = Readonly<Record<string, string>>;

/** Adds a sample of every process and folder to the series. */
export function takeSample(series: Series, seconds: number, stack: Stack, folders: Folders): void {
  const add = (measure: string, of: string, value: number): void => {
    const points = series.get(measure) ?? [];
    points.push({ seconds, value, of });
    series.set(measure, points);
  };
  const database = readPid(join(stack.home, "server/postgres/data/postmaster.pid"));
  const agent = stack.agentPid();
  const codeServers = listDescendants([agent]).filter((pid) => commandOf(pid).includes("code-server"));
  const groups = {
    server: [stack.serverPid()],
    database: database === null ? [] : listDescendants([database]),
    agent: [agent],
    // While one replaces another there are two: the one that serves is measured.
    "code-server": codeServers.slice(0, 1),
  };
  for (const [name, pids] of Object.entries(groups)) {
    const values = pids.map((pid) => ({ pss: pssMegabytes(pid), descriptors: countDescriptors(pid) }));
    if (values.length === 0 || values.some(({ descriptors }) => descriptors === 0)) continue; // ending just now
    const of = String(pids[0]);
    add(`${name}.pss_mb`, of, sumOf(values.map(({ pss }) => pss)));
    add(`${name}.descriptors`, of, sumOf(values.map(({ descriptors }) => descriptors)));
    add(`${name}.processes`, of, values.length);
  }
  add("agent.children", String(agent), listDescendants([agent]).length - 1);
  for (const [name, folder] of Object.entries(folders)) {
    const { files, bytes } = weigh(folder, stack.home);
    add(`${name}.files`, name, files);
    add(`${name}.kb`, name, bytes / 1_024);
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function commandOf(pid: number): string {
  return readText(`/proc/${pid}/cmdline`);
}

function readPid(file: string): number | null {
  const pid = Number(readText(file).split("\n")[0]);
  return pid > 0 ? pid : null;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // gone meanwhile
  }
}

function countDescriptors(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

/** Files of a folder, however deep, with what they hold; links count as themselves, and one folder within it not at all. */
export function weigh(folder: string, except = ""): { readonly files: number; readonly bytes: number } {
  let [files, bytes] = [0, 0];
  for (const entry of readEntries(folder)) {
    const path = join(folder, entry.name);
    if (path === except) continue;
    if (entry.isDirectory()) {
      const inside = weigh(path, except);
      files += inside.files;
      bytes += inside.bytes;
    } else {
      files++;
      bytes += entry.isFile() ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0;
    }
  }
  return { files, bytes };
}

function readEntries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
