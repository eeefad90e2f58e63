import { Option, type Command } from "commander";
import { CommandError, createUserApi } from "../user-api/client.ts";
import { ReexecuteRunDocument, type ReexecutionStrategy } from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { printLaunched, refusal } from "./launched.ts";
import { urlOption } from "./options.ts";

interface ReexecuteOptions {
  readonly url: string;
  readonly fromFailure?: boolean;
  readonly fromAssetFailure?: boolean;
  readonly step?: readonly string[];
  readonly downstream?: boolean;
  readonly follow?: boolean;
}

/** `millrace run reexecute`: runs again what a run was to do, or a part of it. */
export function addReexecuteCommand(run: Command): void {
  run
    .command("reexecute")
    .description(
      "Run a run's job again with its config, partition and tags, and print the new run's id; with --follow, print its events and " +
        "exit 1 unless it succeeds",
    )
    .argument("<id>", "the run")
    .addOption(
      new Option(
        "--from-failure",
        "only steps that failed or did not run, and what follows; the rest is read from the run",
      ).conflicts(["fromAssetFailure", "step"]),
    )
    .addOption(
      new Option(
        "--from-asset-failure",
        "only assets and checks that the run was to make but did not",
      ).conflicts("step"),
    )
    .option("--step <key...>", "only these steps; work[x] is one copy of a mapped step, work[?] all")
    .option("--downstream", "with --step: what follows them too")
    .option("-f, --follow", "wait for the end and print what happens")
    .addOption(urlOption())
    .action(reexecute);
}

async function reexecute(id: string, options: ReexecuteOptions): Promise<void> {
  if (options.downstream && !options.step) throw new CommandError("--downstream goes with --step");
  const api = createUserApi(options.url);
  const { reexecuteRun: result } = await api.send(ReexecuteRunDocument, {
    id,
    strategy: strategyOf(options),
    stepSelection: options.step ? [...options.step] : null,
    includeDownstream: options.downstream ?? false,
  });
  if (result.__typename === "RunNotReexecutable") throw refused(result.message);
  if (result.__typename !== "LaunchedRun") throw refusal(null, result);
  await printLaunched(api, result.run.id, options.follow ?? false);
}

function strategyOf({ fromFailure, fromAssetFailure, step }: ReexecuteOptions): ReexecutionStrategy {
  if (fromFailure) return "FROM_FAILURE";
  if (fromAssetFailure) return "FROM_ASSET_FAILURE";
  return step ? "SELECTED_STEPS" : "ALL_STEPS";
}
