import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { CommandError, createUserApi } from "../user-api/client.ts";
import { DeploymentSettingsDocument, SetDeploymentSettingsDocument } from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";

/** `millrace deployment …`: what is set for a whole deployment. */
export function addDeploymentCommands(program: Command): void {
  const settings = program
    .command("deployment")
    .description("What is set for the whole deployment")
    .command("settings")
    .description("Show and change limits, time-outs and retention");

  settings
    .command("get")
    .description("All settings as YAML, those that were never set with their defaults")
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(async ({ url, json }: { url: string; json?: boolean }) => {
      const { deployment } = await createUserApi(url).send(DeploymentSettingsDocument, {});
      await printSettings(deployment.settings, json ?? false);
    });

  settings
    .command("set")
    .description(
      "Replace all settings by those of a file, and print them; what it leaves out gets its default",
    )
    .argument("<file>", "YAML or JSON; - for standard input")
    .option("--json", "print as JSON")
    .addOption(urlOption())
    .action(async (file: string, { url, json }: { url: string; json?: boolean }) => {
      const settings = await readSettings(file);
      const { setDeploymentSettings: result } = await createUserApi(url).send(SetDeploymentSettingsDocument, {
        settings,
      });
      if (result.__typename !== "Deployment") throw new CommandError(`${file}: ${result.message}`);
      await printSettings(result.settings, json ?? false);
    });
}

async function printSettings(settings: unknown, asJson: boolean): Promise<void> {
  const { stringify } = await import("yaml");
  process.stdout.write(asJson ? `${JSON.stringify(settings, null, 2)}\n` : stringify(settings));
}

/** What the file says; the control plane judges it. */
async function readSettings(file: string): Promise<unknown> {
  const source = await (file === "-" ? text(process.stdin) : readFile(file, "utf8")).catch(
    (cause: unknown) => {
      throw new CommandError(`Can't read ${file}: ${(cause as Error).message}`, { cause });
    },
  );
  const { parse, YAMLParseError } = await import("yaml");
  try {
    const settings: unknown = parse(source);
    if (settings !== null) return settings;
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw cause;
    throw new CommandError(`${file} is neither YAML nor JSON: ${cause.message}`, { cause });
  }
  throw new CommandError(`${file} says nothing; write {} for the default of every setting`);
}
