import { ExpectedError } from "@millrace/model/expected-error";
import type { ProcessOutcome } from "./process-outcome.ts";

/** Characters of the end of stderr that an error repeats. */
const MAX_TAIL = 2_000;

/** The process of a script ended with another exit code than 0, or was killed. */
export class PipesProcessFailed extends ExpectedError {
  readonly code = "pipes_process_failed";
  /** Null when a signal ended the process. */
  readonly exitCode: number | null;

  /** @param reported What the script itself said went wrong, if it did; it becomes the cause. */
  constructor(command: readonly string[], outcome: ProcessOutcome, reported: Error | null) {
    const how =
      outcome.signal === null ? `ended with exit code ${outcome.exitCode}` : `was ended by ${outcome.signal}`;
    const tail = outcome.stderr.trimEnd().slice(-MAX_TAIL);
    const why = reported === null ? tail && `\nThe end of its stderr:\n${tail}` : `: ${describe(reported)}`;
    super(`The process \`${command.join(" ")}\` ${how}${why}`, reported === null ? {} : { cause: reported });
    this.name = "PipesProcessFailed";
    this.exitCode = outcome.exitCode;
  }
}

/** The process of a script could not be started. */
export class PipesProcessNotStarted extends ExpectedError {
  readonly code = "pipes_process_not_started";

  constructor(program: string, cwd: string, cause: Error) {
    super(`"${program}" could not be started: ${explainStart(cause, cwd)}`, { cause });
    this.name = "PipesProcessNotStarted";
  }
}

/** The extras for a script hold something that JSON can not. */
export class InvalidPipesExtras extends ExpectedError {
  readonly code = "invalid_pipes_extras";

  constructor(cause: unknown) {
    super(
      `The \`extras\` for a script must be JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.name = "InvalidPipesExtras";
  }
}

/** The script's results were asked for in a way that does not fit what the step makes. */
export class PipesResultMismatch extends ExpectedError {
  readonly code = "pipes_result_mismatch";

  constructor(message: string) {
    super(message);
    this.name = "PipesResultMismatch";
  }
}

function explainStart(cause: Error, cwd: string): string {
  switch ("code" in cause ? cause.code : undefined) {
    case "ENOENT":
      return `there is no such program, or no folder ${cwd}. Install it where the run worker runs, or name it with its path`;
    case "E2BIG":
      return 'its arguments and environment are too long. Hand the context over with `context: "file"`';
    default:
      return cause.message;
  }
}

function describe(error: Error): string {
  return error.message.startsWith(`${error.name}: `) ? error.message : `${error.name}: ${error.message}`;
}
