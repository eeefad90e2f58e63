import { toPrintable } from "../terminal/printable.ts";
import { InvalidArgumentError, type Command } from "commander";
import { isFinished } from "@millrace/model/run-status";
import { followRun } from "../terminal/follow-run.ts";
import { paint } from "../terminal/style.ts";
import { CommandError, createUserApi, untilBack, watchChanges, type UserApi } from "../user-api/client.ts";
import { RunDocument, RunLogsDocument, type LogStream } from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";

interface LogsOptions {
  readonly url: string;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly step?: string;
  readonly attempt?: number;
  readonly follow?: boolean;
  readonly raw?: boolean;
  readonly verbose?: boolean;
}

/** `millrace run logs`: what happened in a run, or what its worker wrote. */
export function addLogsCommand(run: Command): void {
  run
    .command("logs")
    .description("A run's events, or what its worker wrote to stdout or stderr")
    .argument("<id>")
    .option("--stdout", "the worker's stdout as it was written")
    .option("--stderr", "the worker's stderr as it was written")
    .option("--step <key>", "of that stream, only what this step wrote")
    .option(
      "--attempt <number>",
      "of that stream, only what this attempt of the run wrote (default: the newest one; with --follow also those after it)",
      parseAttempt,
    )
    .option("--raw", "of that stream, control characters as they are, also on a terminal")
    .option("-f, --follow", "go on until the run is finished")
    .option("-v, --verbose", "every event")
    .addOption(urlOption())
    .action(printLogs);
}

function parseAttempt(text: string): number {
  const attempt = Number(text);
  if (Number.isInteger(attempt) && attempt >= 1) return attempt;
  throw new InvalidArgumentError("Give the attempt's number, from 1 on.");
}

async function printLogs(id: string, options: LogsOptions): Promise<void> {
  const api = createUserApi(options.url);
  const { run } = await api.send(RunDocument, { id });
  if (!run) throw new CommandError(`There is no run ${id} at ${options.url}`);
  if (options.stdout || options.stderr) {
    await printStream(api, id, options.stderr ? "STDERR" : "STDOUT", options);
    return;
  }
  for (const name of ["step", "attempt"] as const)
    if (options[name] !== undefined) throw new CommandError(`--${name} goes with --stdout or --stderr`);
  if (!options.follow && !isFinished(run.status)) {
    console.error(
      paint("dim", `The run is ${run.status}; its events so far and as they come (Ctrl-C ends):`),
    );
  }
  await followRun(api, id, options.verbose ?? false);
}

/** Prints one attempt's output; when it is followed and not chosen, then that of the attempts with which the run goes on. */
async function printStream(
  api: UserApi,
  id: string,
  stream: LogStream,
  { step, attempt: chosen, follow = false, raw = false }: LogsOptions,
): Promise<void> {
  // What reads a pipe wants every byte; a terminal would obey some of them.
  const asItIs = raw || !process.stdout.isTTY;
  const controller = new AbortController();
  const patient = untilBack(api, controller.signal);
  let attempt = chosen ?? null;
  let byte = 0;
  try {
    for await (const _ of watchChanges(api.url, [`logs:${id}`, `run:${id}`], controller.signal)) {
      for (;;) {
        const { run } = await patient.send(RunLogsDocument, {
          id,
          stream,
          stepKey: step ?? null,
          attempt,
          fromByte: byte,
        });
        if (!run) throw new CommandError(`There is no run ${id} at ${api.url}`);
        // A run that no worker was asked for yet has no attempt.
        attempt ??= run.attempt || null;
        process.stdout.write(asItIs ? run.logs.text : toPrintable(run.logs.text));
        byte = run.logs.nextByte;
        if (byte < run.logs.size) continue;
        const isNewest = attempt === null || attempt >= run.attempt;
        if (follow && chosen === undefined && attempt !== null && !isNewest) {
          attempt += 1;
          byte = 0;
          continue;
        }
        if (!follow || !isNewest || isFinished(run.status)) return;
        break;
      }
    }
  } finally {
    controller.abort();
  }
}
