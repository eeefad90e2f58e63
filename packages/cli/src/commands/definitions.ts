import { formatDuration } from "@millrace/model/time/format-duration";
import type { Command } from "commander";
import { checkTypes } from "../process/check-types.ts";
import { loadEnvironment } from "../process/load-environment.ts";
import { findProject } from "../process/project.ts";
import { CommandError } from "../user-api/client.ts";
import { toPrintable } from "../terminal/printable.ts";
import { paint } from "../terminal/style.ts";

/** `millrace definitions …`: looks at a project's definitions without a control plane. */
export function addDefinitionsCommands(program: Command): void {
  const definitions = program.command("definitions").description("Check a project's definitions");
  definitions
    .command("validate")
    .description(
      "Load the definitions as a code server would; exit 1 and say where each error is when they don't load",
    )
    .argument("[folder]", "the project", ".")
    .option("--types", "check types too, with the project's own TypeScript")
    .action(async (folder: string, { types }: { readonly types?: boolean }) => {
      const project = findProject(folder);
      const { validateProject } = await import("@millrace/runtime/loading/validate-project");
      loadEnvironment(project.folder);
      const startedAt = performance.now();
      const [result, typeErrors] = await Promise.all([
        validateProject(project.folder, project.entry),
        types ? checkTypes(project.folder) : { own: null, inPackages: 0 },
      ]);
      if (typeErrors.own !== null) console.error(typeErrors.own);
      if (typeErrors.inPackages > 0)
        console.error(`${paint("yellow", "!")} ${explainOptions(typeErrors.inPackages)}`);
      if (result.error)
        throw new CommandError(
          `${paint("red", "The definitions do not load:")}\n${describeError(result.error)}`,
        );
      for (const warning of result.warnings) console.error(`${paint("yellow", "!")} ${toPrintable(warning)}`);
      if (typeErrors.own !== null) throw new CommandError(paint("red", "There are type errors"));
      console.log(
        `${paint("green", "✔")} ${project.entry}: ${result.assets} assets, ${result.checks} checks, ${result.jobs} jobs, ` +
          `${result.schedules} schedules, ${result.sensors} sensors, loaded in ${formatDuration(performance.now() - startedAt)}`,
      );
    });
}

/** Packages come as sources, which the project's own options must be able to read. */
function explainOptions(count: number): string {
  return (
    `${count} type errors in the sources of packages, Millrace's among them, are left out: the tsconfig.json needs "lib": ["es2025"] or later ` +
    `and "types": ["node"] with @types/node installed, as in the tsconfig.json of a new project`
  );
}

function describeError(error: { readonly message: string; readonly stack: string | null }): string {
  return error.stack ?? error.message;
}
