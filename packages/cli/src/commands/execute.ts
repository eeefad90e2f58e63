import { join } from "node:path";
import { Command, Option } from "commander";
import { ExpectedError } from "@millrace/model/expected-error";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import type { RunEvent } from "@millrace/model/run-event";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { parseRunTarget } from "@millrace/model/runs/run-target";
import { loadEnvironment } from "../process/load-environment.ts";
import { findProject } from "../process/project.ts";
import { runProgram } from "../process/run-program.ts";
import { describeEvent } from "../terminal/describe-event.ts";
import { CommandError } from "../user-api/client.ts";
import { partitionOption, partitionRangeOption } from "./options.ts";
import { readConfig } from "./read-config.ts";

interface ExecuteOptions {
  readonly folder: string;
  readonly storage?: string;
  readonly partition?: string;
  readonly partitionRange?: PartitionKeyRange;
  readonly dynamicPartition?: readonly string[];
  readonly config?: string;
  readonly tag?: readonly string[];
  readonly json?: boolean;
  readonly inspect?: boolean;
}

/** `millrace execute …` alone, which starts sooner than with all other commands. */
export async function main(argv: readonly string[]): Promise<void> {
  await runProgram(new Command("millrace").addCommand(createExecuteCommand()), argv);
}

/** `millrace execute asset|job …`: runs without a control plane, for scripts and CI. */
export function createExecuteCommand(): Command {
  const execute = new Command("execute").description(
    "Run assets or a job in this process, with the real IO managers and without a control plane; exit 1 unless it succeeds",
  );
  addOptions(
    execute.command("asset").description("Materialize assets").argument("<keys...>", "asset keys"),
  ).action((keys: string[], options: ExecuteOptions) => run(ASSET_JOB, keys, options));
  addOptions(execute.command("job").description("Run a job").argument("<name>", "the job")).action(
    (name: string, options: ExecuteOptions) => run(name, null, options),
  );
  return execute;
}

function addOptions(command: Command): Command {
  return command
    .option("--folder <folder>", "the project", ".")
    .addOption(partitionOption("partition to run for"))
    .addOption(
      partitionRangeOption(
        "several partitions in one run, from the first to the last, such as 2024-01-01...2024-01-31",
      ).conflicts("partition"),
    )
    .option(
      "--dynamic-partition <name=key...>",
      "keys of dynamic partitions that there are, oldest first: no control plane keeps them here",
    )
    .option("--config <json|@file>", "run config as JSON, or @ and a file that holds it")
    .option("--tag <key=value...>", "tags of the run")
    .option("--json", "print the run's events as JSON lines")
    .option("--inspect", "wait for a debugger before the code is loaded")
    .addOption(
      new Option(
        "--storage <folder>",
        "where the default IO manager keeps values (default: where `millrace dev` does, in the project's .millrace)",
      ),
    );
}

async function run(
  jobName: string,
  assetSelection: readonly string[] | null,
  options: ExecuteOptions,
): Promise<void> {
  const { folder, entry, location } = findProject(options.folder);
  const runConfig = options.config === undefined ? {} : await readConfig(options.config);
  const target = parseRunTarget({
    jobName,
    assetSelection,
    partitionKey: options.partition ?? null,
    partitionRange: options.partitionRange ?? null,
    runConfig,
    tags: Object.fromEntries((options.tag ?? []).map((tag) => splitPair("--tag", tag))),
  });
  const dynamicPartitions = groupKeys(options.dynamicPartition ?? []);
  loadEnvironment(folder);
  if (options.inspect) await openInspector();
  const { executeProject } = await import("@millrace/runtime/execute/execute-project");
  const stepStarts = new Map<string, number>();
  let last: RunEvent["type"] | null = null;
  const sink = (event: RunEvent): void => {
    last = event.type;
    const line = options.json ? JSON.stringify(event) : describeEvent(event, stepStarts, false);
    if (line !== null) console.log(line);
  };
  const storageDirectory = options.storage ?? join(folder, ".millrace/agent/storage");
  process.chdir(folder);
  try {
    await executeProject({
      workingDirectory: folder,
      entry,
      target,
      dynamicPartitions,
      locationName: location,
      storageDirectory,
      sink,
    });
  } catch (error) {
    if (!isAboutDefinitions(error)) throw error;
    throw new CommandError(`The definitions do not load:\n${error.message}`, { cause: error });
  }
  // What the code left open, such as a connection, does not keep a script waiting.
  process.exit(last === "RUN_SUCCESS" ? 0 : last === "RUN_CANCELED" ? 130 : 1);
}

/** The SDK's errors come from the copy in the bundle. */
function isAboutDefinitions(error: unknown): error is Error {
  return error instanceof ExpectedError || (error instanceof Error && error.name.startsWith("Definition"));
}

/** The keys of each definition of dynamic partitions, in the order in which they were given. */
function groupKeys(pairs: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const groups = Map.groupBy(
    pairs.map((pair) => splitPair("--dynamic-partition", pair)),
    ([name]) => name,
  );
  return Object.fromEntries([...groups].map(([name, group]) => [name, group.map(([, key]) => key)]));
}

function splitPair(option: string, pair: string): [string, string] {
  const equals = pair.indexOf("=");
  if (equals < 1) throw new CommandError(`${option} takes name=text, not "${pair}"`);
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

/** Says where a debugger finds this process, and waits for one. */
async function openInspector(): Promise<void> {
  const { open } = await import("node:inspector");
  open(0, "127.0.0.1", true);
}
