import type { Command } from "commander";
import { inspectOptions, readDebugging } from "./options.ts";
import { CommandError } from "../user-api/client.ts";
import { partitionOption } from "./options.ts";

/** `millrace dev`: everything on this machine, for the project in a folder. */
export function addDevCommand(program: Command): void {
  program
    .command("dev")
    .description(
      "Start everything for a project: database, control plane, agent, page; load its definitions again whenever a file is saved",
    )
    .argument("[folder]", "the project", ".")
    .option("--port <port>", "port of the page and the APIs (default: 3000, or the next one that is free)")
    .option("--home <folder>", "where the database and logs live (default: .millrace in the project)")
    .option("--launch <job>", "launch this job once the definitions have loaded, and print its progress")
    .addOption(partitionOption("partition for --launch"))
    .option("--exit", "with --launch: leave when the run has ended, with 0 if it succeeded")
    .addOption(inspectOptions()[0])
    .addOption(inspectOptions()[1])
    .action(
      async (
        folder: string,
        options: {
          port?: string;
          home?: string;
          launch?: string;
          partition?: string;
          exit?: boolean;
          inspect?: boolean;
          inspectBrk?: boolean;
        },
      ) => {
        if (options.exit && !options.launch) throw new CommandError("--exit goes with --launch JOB");
        const port = options.port === undefined ? undefined : Number(options.port);
        if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
          throw new CommandError(`--port takes 0 to 65535, not "${options.port}"`);
        }
        const { runDev } = await import("../dev/run-dev.ts");
        process.exitCode = await runDev({
          folder,
          exit: options.exit ?? false,
          debugging: readDebugging(options),
          ...(port === undefined ? {} : { port }),
          ...(options.home === undefined ? {} : { home: options.home }),
          ...(options.launch === undefined ? {} : { launch: options.launch }),
          ...(options.partition === undefined ? {} : { partition: options.partition }),
        });
      },
    );
}
