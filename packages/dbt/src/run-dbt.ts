import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepContext } from "millrace";
import { followLines, runProcess } from "millrace/processes";
import { parseLogLine, type DbtLogEntry } from "./dbt-log.ts";
import type { DbtProject } from "./dbt-project.ts";
import { goOnFrom } from "./partial-parse.ts";

/** Seconds that an interrupted dbt has to cancel its queries before it is killed. */
const TERMINATE_AFTER_SECONDS = 20;

/** How a command of dbt ended. */
export interface DbtOutcome {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** The end of what it wrote. */
  readonly output: string;
  /** The text of the artifact that was asked for; null: dbt has made none. */
  readonly artifact: string | null;
}

/**
 * Runs a command of dbt where the step runs. What it prints goes to the worker's output as it comes, what its structured log says to
 * `onEntry`, entry by entry. When the step is interrupted, dbt gets SIGINT and cancels its queries. Its artifacts go to a folder of
 * the run alone, so that several runs of a project do not meet.
 *
 * @param artifact The file among its artifacts that is wanted, such as `sources.json`.
 * @throws PipesProcessNotStarted when there is no such program.
 */
export async function runDbt(
  context: Pick<StepContext, "signal">,
  project: DbtProject,
  args: readonly string[],
  onEntry: (entry: DbtLogEntry) => void,
  artifact: string | null = null,
): Promise<DbtOutcome> {
  context.signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), "millrace-dbt-"));
  try {
    const logPath = join(folder, "dbt.log");
    await writeFile(logPath, "");
    const lines = await followLines(logPath, (line) => {
      const entry = parseLogLine(line);
      if (entry !== null) onEntry(entry);
    });
    const command = project.command(
      ...args,
      "--target-path",
      join(folder, "target"),
      "--log-path",
      folder,
      "--log-format-file",
      "json",
      "--log-level-file",
      "debug",
      // A log that begins anew would lose what was not read yet.
      "--log-file-max-bytes",
      "0",
      "--no-use-colors",
      ...goOnFrom(project.artifacts),
    );
    try {
      const { exitCode, stdout, stderr } = await runProcess(command, {
        env: { ...process.env, ...project.env },
        cwd: project.folder,
        signal: context.signal,
        terminateAfterSeconds: TERMINATE_AFTER_SECONDS,
      });
      const made = artifact === null ? null : await readIfThere(join(folder, "target", artifact));
      return { exitCode, output: `${stdout}${stderr}`.trimEnd(), artifact: made };
    } finally {
      await lines.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
