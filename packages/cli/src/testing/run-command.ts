import { Console } from "node:console";
import { vi } from "vitest";
import { main } from "../main.ts";

/** What a command has printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** A command ended with another code than 0. */
class CommandFailed extends Error {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(code: number, { stdout, stderr }: Printed) {
    super(stderr);
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** The command asked for the end of its process. */
class Exited extends Error {}

let before: Promise<unknown> = Promise.resolve();

/**
 * Does what `millrace` with these words does, in this process: one of its own takes ten times as long to start. Of several, one at a time.
 *
 * @throws CommandFailed when it ends with another code than 0.
 */
export function runCommand(words: readonly string[]): Promise<Printed> {
  const printed = before.then(() => runHere(words));
  before = printed.catch(() => undefined);
  return printed;
}

async function runHere(words: readonly string[]): Promise<Printed> {
  const printed = { stdout: "", stderr: "" };
  const { exitCode } = process;
  const { console } = globalThis;
  const spies = [
    ...(["stdout", "stderr"] as const).map((name) =>
      vi.spyOn(process[name], "write").mockImplementation((chunk) => {
        printed[name] += String(chunk);
        return true;
      }),
    ),
    vi.spyOn(process, "exit").mockImplementation((code) => {
      process.exitCode = code ?? process.exitCode;
      throw new Exited();
    }),
  ];
  globalThis.console = new Console(process.stdout, process.stderr);
  process.exitCode = undefined;
  try {
    await main([process.execPath, "millrace", ...words]).catch((error: unknown) => {
      if (!(error instanceof Exited)) throw error;
    });
    const code = readExitCode();
    if (code !== 0) throw new CommandFailed(code, printed);
    return printed;
  } finally {
    globalThis.console = console;
    for (const spy of spies) spy.mockRestore();
    process.exitCode = exitCode;
  }
}

function readExitCode(): number {
  return Number(process.exitCode ?? 0);
}
