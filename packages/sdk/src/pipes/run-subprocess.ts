import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSeconds } from "@millrace/model/seconds";
import { MessageCollector } from "./collect-messages.ts";
import { followLines } from "./follow-lines.ts";
import { createPipesContext, encodePipesParams, type PipesStepContext } from "./pipes-context.ts";
import { PipesProcessFailed } from "./pipes-errors.ts";
import { writePipesInputs, type PipesInput } from "./pipes-inputs.ts";
import { createPipesRun, type PipesRun } from "./pipes-run.ts";
import { traceEnvironment } from "../telemetry/open-telemetry.ts";
import { runProcess } from "./run-process.ts";
import type { ProcessOutcome } from "./process-outcome.ts";

/** How a script on Pipes is run. */
export interface SubprocessOptions {
  /** The program and its arguments. No shell reads them. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Variables beside those of the run worker, which the script has too. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder where the script runs. Default: that of the run worker. */
  readonly cwd?: string;
  /** What the script is to know beside the context; anything that JSON holds. */
  readonly extras?: Readonly<Record<string, unknown>>;
  /**
   * Values for the script, by name, as files: Parquet files that IO managers have loaded, or any value with its format. The script
   * finds each one's place as `pipes.get_extra("inputs")[name]["path"]`.
   */
  readonly inputs?: Readonly<Record<string, PipesInput>>;
  /**
   * How the context gets to the script: in a file, or in the environment itself, which holds about 100 KB on Linux. Default:
   * `file`.
   */
  readonly context?: "env" | "file";
  /** Seconds that an interrupted script is given to end before it is killed. Default: 20. */
  readonly terminateAfterSeconds?: number;
}

/**
 * Runs a script that speaks the protocol of Dagster Pipes, such as an unmodified one on PyPI's `dagster-pipes`, and
 * resolves when its process has ended. Runs where the step runs. What the script logs goes to the step's log at once, what
 * it prints to the worker's output. When the step is interrupted, the script gets SIGINT. Where OpenTelemetry is on, the
 * script finds the step's span in the environment variable TRACEPARENT.
 *
 * @example
 * export const forecast = asset("forecast", async (context) => {
 *   const run = await runSubprocess(context, { command: ["python3", `${import.meta.dirname}/forecast.py`] });
 *   return run.materializeResult();
 * });
 *
 * @throws PipesProcessFailed when the process ends with another exit code than 0; its cause is the script's exception.
 * @throws PipesProcessNotStarted when there is no such program or folder, or too much is in its environment.
 * @throws InvalidPipesExtras when the extras are not JSON.
 * @throws InvalidSeconds when `terminateAfterSeconds` makes no sense.
 */
export async function runSubprocess<N extends string = never>(
  context: PipesStepContext<N>,
  options: SubprocessOptions,
): Promise<PipesRun<N>> {
  const terminateAfterSeconds = parseSeconds(
    "terminateAfterSeconds",
    options.terminateAfterSeconds ?? 20,
    "zero",
  );
  context.signal.throwIfAborted();
  const reports = new MessageCollector(context);
  const folder = await mkdtemp(join(tmpdir(), "millrace-pipes-"));
  try {
    const inputs = await writePipesInputs(folder, options.inputs ?? {});
    const document = await createPipesContext(context, { ...inputs, ...options.extras });
    context.signal.throwIfAborted();
    const messagesPath = join(folder, "messages.jsonl");
    await writeFile(messagesPath, "");
    let contextParams: object = { data: document };
    if (options.context !== "env") {
      const path = join(folder, "context.json");
      await writeFile(path, JSON.stringify(document));
      contextParams = { path };
    }
    const lines = await followLines(messagesPath, (line) => reports.receive(line));
    let outcome: ProcessOutcome;
    try {
      outcome = await runProcess(options.command, {
        env: {
          ...process.env,
          ...traceEnvironment(),
          ...options.env,
          DAGSTER_PIPES_CONTEXT: encodePipesParams(contextParams),
          DAGSTER_PIPES_MESSAGES: encodePipesParams({ path: messagesPath }),
        },
        cwd: options.cwd ?? process.cwd(),
        signal: context.signal,
        terminateAfterSeconds,
      });
    } finally {
      await lines.close();
    }
    context.signal.throwIfAborted();
    if (outcome.exitCode !== 0) throw new PipesProcessFailed(options.command, outcome, reports.exception);
    warnOfSilence(context, reports);
    return createPipesRun(context, reports, outcome);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function warnOfSilence(context: PipesStepContext<string>, { isOpened, isClosed }: MessageCollector): void {
  if (!isOpened) {
    context.log.warning(
      "The script ended without opening Pipes, so nothing that it may have reported arrived. Check that it calls `open_dagster_pipes()`, and that DAGSTER_PIPES_CONTEXT and DAGSTER_PIPES_MESSAGES get from the command to the script: sudo, ssh and docker drop variables unless they are told to pass them",
    );
  } else if (!isClosed) {
    context.log.warning(
      "The script opened Pipes and ended without closing it: messages that it still held may be lost. Check that `open_dagster_pipes()` stands in a `with` statement, and that nothing such as `os._exit` ends the script inside it",
    );
  }
}
