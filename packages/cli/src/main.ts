import { Command } from "commander";
import { addAgentCommands } from "./commands/agent.ts";
import { addApiCommands } from "./commands/api.ts";
import { addAssetCommands } from "./commands/asset.ts";
import { addAutomationCommands } from "./commands/automation.ts";
import { addBackfillCommands } from "./commands/backfill.ts";
import { addBulkCommands } from "./commands/bulk.ts";
import { addDefinitionsCommands } from "./commands/definitions.ts";
import { addDeploymentCommands } from "./commands/deployment.ts";
import { addDevCommand } from "./commands/dev.ts";
import { createExecuteCommand } from "./commands/execute.ts";
import { addExplainCommand } from "./commands/explain.ts";
import { addPartitionsCommands } from "./commands/partitions.ts";
import { addLocationCommands } from "./commands/location.ts";
import { addPoolCommands } from "./commands/pool.ts";
import { addRunCommands } from "./commands/run.ts";
import { addScheduleCommands } from "./commands/schedule.ts";
import { addSensorCommands } from "./commands/sensor.ts";
import { addServerCommand } from "./commands/server.ts";
import { runProgram } from "./process/run-program.ts";

/** The `millrace` command: reads the command line, loads the package that the subcommand needs, and no other. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("millrace")
    .description(
      "Millrace: a data orchestrator. `millrace dev` starts everything for the project in this folder.",
    )
    .version("0.1.0")
    .showHelpAfterError("(add --help to see what the command takes)")
    .configureHelp({ sortSubcommands: false });
  addDevCommand(program);
  addServerCommand(program);
  addAgentCommands(program);
  addRunCommands(program);
  addAssetCommands(program);
  addExplainCommand(program);
  addBackfillCommands(program);
  addPartitionsCommands(program);
  addBulkCommands(program);
  addPoolCommands(program);
  addLocationCommands(program);
  addScheduleCommands(program);
  addSensorCommands(program);
  addAutomationCommands(program);
  addDeploymentCommands(program);
  program.addCommand(createExecuteCommand());
  addDefinitionsCommands(program);
  addApiCommands(program);
  await runProgram(program, argv);
}
