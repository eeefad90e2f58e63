import type { Command } from "commander";
import { findProject } from "../process/project.ts";
import { CommandError } from "../user-api/client.ts";
import { formatDuration, paint } from "../terminal/style.ts";

/** `millrace definitions …`: looks at a project's definitions without a control plane. */
export function addDefinitionsCommands(program: Command): void {
  const definitions = program.command("definitions").description("Check a project's definitions");
  definitions
    .command("validate")
    .description(
      "Load the definitions as a code server would; exit 1 and say where each error is when they don't load",
    )
    .argument("[folder]", "the project", ".")
    .action(async (folder: string) => {
      const project = findProject(folder);
      const { validateDefinitions } = await import("@millrace/runtime/loading/validate-definitions");
      const startedAt = performance.now();
      const result = await validateDefinitions(project.folder, project.entry);
      if (result.error)
        throw new CommandError(
          `${paint("red", "The definitions do not load:")}\n${describeError(result.error)}`,
        );
      console.log(
        `${paint("green", "✔")} ${project.entry}: ${result.assets} assets, ${result.checks} checks, ${result.jobs} jobs, ` +
          `${result.schedules} schedules, ${result.sensors} sensors, loaded in ${formatDuration(performance.now() - startedAt)}`,
      );
    });
}

function describeError(error: { readonly message: string; readonly stack: string | null }): string {
  return error.stack ?? error.message;
}
