import { formatDuration } from "@millrace/model/time/format-duration";
import { print, toPrintableItem } from "../terminal/printable.ts";
import type { Command } from "commander";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { describeTarget } from "@millrace/model/runs/describe-target";
import { isFinished, RUN_STATUSES, type RunStatus } from "@millrace/model/run-status";
import { CommandError, createUserApi } from "../user-api/client.ts";
import {
  LaunchRunDocument,
  RunDocument,
  RunsDocument,
  TerminateRunDocument,
  type LaunchRunInput,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { addRunExplainCommand } from "./container-explain.ts";
import { readConfig } from "./read-config.ts";
import type { RunEvent } from "@millrace/model/run-event";
import { describeEvent } from "../terminal/describe-event.ts";
import { followRun } from "../terminal/follow-run.ts";
import { formatTable, paint, paintStatus } from "../terminal/style.ts";
import { printLaunched, refusal } from "./launched.ts";
import {
  limitOption,
  partitionOption,
  partitionRangeOption,
  RANGE_IN_ONE_RUN,
  readTag,
  urlOption,
} from "./options.ts";
import { addLogsCommand } from "./run-logs.ts";
import { addReexecuteCommand } from "./run-reexecute.ts";

/** `millrace run …`: launches, shows and stops runs through the user API. */
export function addRunCommands(program: Command): void {
  const run = program.command("run").description("Launch, watch and stop runs");

  run
    .command("launch")
    .description(
      "Launch a job and print the run's id; with --follow, print its events and exit 1 unless it succeeds",
    )
    .argument("<job>", "the job's name")
    .option("--location <name>", "code location, needed only when several define the job")
    .addOption(partitionOption("partition to run for"))
    .addOption(partitionRangeOption(RANGE_IN_ONE_RUN).conflicts("partition"))
    .option("--config <json|@file>", "run config as JSON, or @ and a file that holds it")
    .option("--tag <key=value...>", "tags of the run")
    .option("--select <clause...>", "only these steps: keys, or clauses such as '*load+'")
    .option("-f, --follow", "wait for the end and print what happens")
    .addOption(urlOption())
    .action(async (job: string, options: LaunchOptions & { readonly select?: readonly string[] }) => {
      const input = await launchInput(options);
      await launch(
        { jobName: job, stepSelection: options.select ? [...options.select] : null, ...input },
        options,
      );
    });

  run
    .command("list")
    .description("The newest runs")
    .option("--status <status...>", `only these: ${RUN_STATUSES.join(", ")}`)
    .option("--job <name>", "only this job")
    .addOption(limitOption())
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(listRuns);

  run
    .command("show")
    .description("One run: its status, its steps, and what failed")
    .argument("<id>")
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(showRun);

  addRunExplainCommand(run);
  addLogsCommand(run);
  addReexecuteCommand(run);

  run
    .command("cancel")
    .description("Interrupt a run: its code is asked to stop, then made to; the run ends CANCELED")
    .argument("<id>")
    .option("--no-wait", "do not wait until it has ended")
    .addOption(urlOption())
    .action(cancelRun);
}

/** Options that every command that launches shares. */
export interface LaunchOptions {
  readonly url: string;
  readonly location?: string;
  readonly partition?: string;
  readonly partitionRange?: PartitionKeyRange;
  readonly config?: string;
  readonly tag?: readonly string[];
  readonly follow?: boolean;
}

/** The part of the launch input that comes from shared options. */
export async function launchInput(options: LaunchOptions): Promise<LaunchRunInput> {
  return {
    locationName: options.location ?? null,
    partitionKey: options.partition ?? null,
    partitionRange: options.partitionRange ?? null,
    runConfig: options.config === undefined ? null : await readConfig(options.config),
    tags: (options.tag ?? []).map(readTag),
  };
}

/** Launches, prints the id, and with `follow` the events; ends with exit code 1 when the run does not succeed. */
export async function launch(input: LaunchRunInput, options: LaunchOptions): Promise<void> {
  const api = createUserApi(options.url);
  const { launchRun: result } = await api.send(LaunchRunDocument, { input });
  if (result.__typename !== "LaunchedRun") throw refusal(input.jobName ?? null, result);
  await printLaunched(api, result.run.id, options.follow ?? false);
}

/** The partition of a run, or its range; empty when it has none. */
function describePartitions(run: {
  readonly partitionKey: string | null;
  readonly partitionRange: PartitionKeyRange | null;
}): string {
  return run.partitionRange
    ? `${run.partitionRange.start}...${run.partitionRange.end}`
    : (run.partitionKey ?? "");
}

async function listRuns(options: {
  url: string;
  status?: readonly string[];
  job?: string;
  limit: number;
  json?: boolean;
}): Promise<void> {
  const { runs } = await createUserApi(options.url).send(RunsDocument, {
    filter: {
      statuses: options.status ? options.status.map(parseStatus) : null,
      jobName: options.job ?? null,
    },
    limit: options.limit,
  });
  if (options.json) {
    for (const run of runs.nodes) console.log(JSON.stringify(run));
    return;
  }
  if (runs.nodes.length === 0) {
    console.log("No runs yet. Launch one: millrace run launch <job>");
    return;
  }
  const rows = runs.nodes.map((run) => [
    run.id,
    paintStatus(run.status),
    toPrintableItem(describeTarget(run)),
    describePartitions(run),
    run.createdAt,
    run.startedAt && run.endedAt ? formatDuration(Date.parse(run.endedAt) - Date.parse(run.startedAt)) : "",
  ]);
  console.log(formatTable(["RUN", "STATUS", "WHAT", "PARTITION", "CREATED", "TOOK"], rows));
}

/** The status that an option names, in whatever case. */
export function parseStatus(text: string): RunStatus {
  const status = RUN_STATUSES.find((candidate) => candidate === text.toUpperCase());
  if (!status) throw new CommandError(`--status "${text}" is none of ${RUN_STATUSES.join(", ")}`);
  return status;
}

async function showRun(id: string, options: { url: string; json?: boolean }): Promise<void> {
  const { run } = await createUserApi(options.url).send(RunDocument, { id });
  if (!run) throw new CommandError(`There is no run ${id} at ${options.url}`);
  if (options.json) {
    console.log(JSON.stringify(run, null, 2));
    return;
  }
  const partitions = describePartitions(run);
  print(
    `${run.id} ${paintStatus(run.status)} ${toPrintableItem(describeTarget(run))}${partitions === "" ? "" : ` for ${partitions}`} in ${run.locationName}`,
  );
  if (run.worker?.unreachableSince) {
    const { place, unreachableSince, leaseUntil } = run.worker;
    const message = `Nothing heard of worker ${place ?? ""} since ${unreachableSince}; it counts as lost at ${leaseUntil}`;
    print(paint("yellow", toPrintableItem(message)));
  }
  if (run.worker?.blockedSince) {
    const { place, blockedSince } = run.worker;
    const message = `The main thread of worker ${place ?? ""} has not answered since ${blockedSince}`;
    print(paint("yellow", toPrintableItem(message)));
  }
  for (const { message, holders } of run.waits) {
    const held = holders.map((holder) => `${holder.id} (${describeTarget(holder)})`).join(", ");
    print(paint("yellow", toPrintableItem(`${message}${held === "" ? "" : `. Held by ${held}`}`)));
  }
  if (run.failureMessage) print(paint("red", toPrintableItem(`${run.failureReason}: ${run.failureMessage}`)));
  if (run.retryRunId) print(`Launched again by itself as ${run.retryRunId}`);
  else if (run.retryAt) print(`Launched again by itself at ${run.retryAt}`);
  const rows = run.steps.map((step) => [
    step.key,
    step.state,
    step.startedAt && step.endedAt
      ? formatDuration(Date.parse(step.endedAt) - Date.parse(step.startedAt))
      : "",
    step.waitingUntil ? `until ${step.waitingUntil}` : step.attempts > 1 ? `${step.attempts} attempts` : "",
  ]);
  if (rows.length > 0) console.log(formatTable(["STEP", "STATE", "TOOK", ""], rows));
  for (const { event } of run.failures.nodes) {
    const line = describeEvent(event as RunEvent, new Map(), false);
    if (line !== null) print(line);
  }
  console.log(new URL(`/runs/${run.id}`, options.url).href);
}

async function cancelRun(id: string, options: { url: string; wait: boolean }): Promise<void> {
  const api = createUserApi(options.url);
  const { terminateRun: result } = await api.send(TerminateRunDocument, { id });
  if (result.__typename !== "Run") throw refused(result.message);
  if (!options.wait || isFinished(result.status)) {
    console.log(`${id} ${paintStatus(result.status)}`);
    return;
  }
  const status = await followRun(api, id, false);
  console.log(`${id} ${paintStatus(status)}`);
}
