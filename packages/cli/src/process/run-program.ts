import type { Command } from "commander";
import { ExpectedError } from "@millrace/model/expected-error";
import { toPrintable } from "../terminal/printable.ts";
import { CommandError } from "../user-api/client.ts";

/** Does what the command line says; what went wrong as expected is a sentence on stderr and the exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommandError) && !(error instanceof ExpectedError)) throw error;
    console.error(toPrintable(error.message));
    process.exitCode = error instanceof CommandError ? error.exitCode : 1;
  }
}
