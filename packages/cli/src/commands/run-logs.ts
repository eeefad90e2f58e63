import { toPrintable } from "../terminal/printable.ts";
import { InvalidArgumentError, type Command } from "commander";
import { isFinished } from "@millrace/model/run-status";
import { followRun } from "../terminal/follow-run.ts";
import { paint } from "../terminal/style.ts";
import { CommandError, createUserApi, sayAway, type UserApi } from "../user-api/client.ts";
import { RunDocument, RunOutputPlaceDocument } from "../user-api/documents.gen.ts";
import type { LogOptions } from "millrace-client";
import { Run } from "millrace-client/internal/runs/run";
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
  readonly json?: boolean;
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
    .option("--json", "every event as it is stored, as JSON lines")
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
    if (options.json) throw new CommandError("--json is for events, not for --stdout or --stderr");
    await printStream(api, id, options);
    return;
  }
  for (const name of ["step", "attempt"] as const)
    if (options[name] !== undefined) throw new CommandError(`--${name} goes with --stdout or --stderr`);
  if (options.json) {
    for await (const event of new Run(api, id).events({ onAway: sayAway }))
      console.log(JSON.stringify(event));
    return;
  }
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
  { stderr = false, step, attempt, follow = false, raw = false }: LogsOptions,
): Promise<void> {
  const { run: known } = await api.send(RunOutputPlaceDocument, { id, attempt: attempt ?? null });
  const elsewhere = known?.outputPlace ?? null;
  if (elsewhere !== null) {
    const { place, link } = elsewhere;
    const there = link === null ? place : `${place} (${link})`;
    throw new CommandError(`What this attempt prints is in ${there}, which the control plane can't read`);
  }
  const run = new Run(api, id);
  const options: LogOptions = {
    follow,
    onAway: sayAway,
    ...(step === undefined ? {} : { stepKey: step }),
    ...(attempt === undefined ? {} : { attempt }),
  };
  // What reads a pipe wants every byte; a terminal would obey some of them.
  const asItIs = raw || !process.stdout.isTTY;
  for await (const text of stderr ? run.stderr(options) : run.stdout(options))
    process.stdout.write(asItIs ? text : toPrintable(text));
}
