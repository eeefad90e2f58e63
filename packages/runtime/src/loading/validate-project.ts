import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { DefinitionsNotLoaded, describeLoadingError } from "./loading-errors.ts";
import { LOAD_LIMIT_MS } from "./supervise-loading.ts";
import type { ValidationResult } from "./validate-definitions.ts";

/** How long after the code's own limit its process may still be busy. */
const GRACE_MS = 15_000;
/** How much of what the code wrote to stderr is told when it ended its process. */
const LAST_OUTPUT = 4_000;

/**
 * Loads a project's definitions as a code server would, in a process of its own, and counts them. What the code prints goes to this
 * process's output; when it ends its process, in whatever way, that is the error, which holds the last of what it printed to stderr.
 *
 * @param limitMs how long the process may take altogether.
 */
export async function validateProject(
  workingDirectory: string,
  entry: string,
  limitMs: number = LOAD_LIMIT_MS + GRACE_MS,
): Promise<ValidationResult> {
  const child = fork(
    fileURLToPath(new URL("validate-process.ts", import.meta.url)),
    [workingDirectory, entry],
    {
      cwd: workingDirectory,
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    },
  );
  // Held back until it is known whether the error says it.
  let lastOutput = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    const printed = lastOutput + chunk;
    lastOutput = printed.slice(-LAST_OUTPUT);
    process.stderr.write(printed.slice(0, -LAST_OUTPUT));
  });
  let result: ValidationResult | null = null;
  let late = false;
  child.on("message", (message) => (result = message as ValidationResult));
  using _ = after(systemClock, limitMs, () => {
    late = true;
    child.kill("SIGKILL");
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("error", reject).on("close", (exitCode, by) => resolve([exitCode, by]));
  });
  if (result !== null) process.stderr.write(lastOutput);
  return result ?? { error: describeLoadingError(ended(code, signal, late ? limitMs : null, lastOutput)) };
}

/** @param limitMs how long it was given; null: it ended before. */
function ended(
  code: number | null,
  signal: string | null,
  limitMs: number | null,
  lastOutput: string,
): DefinitionsNotLoaded {
  const words = lastOutput.trim() === "" ? "" : `:\n${lastOutput.trim()}`;
  if (limitMs !== null) {
    const message = `The code did not finish loading within ${limitMs / 1_000} s: does it wait in a loop${words}`;
    return new DefinitionsNotLoaded("definitions_hung", message);
  }
  const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
  return new DefinitionsNotLoaded(
    "definitions_exited",
    `The process ended while it loaded the code (${how})${words}`,
  );
}
