import { resolve } from "node:path";
import type { Command } from "commander";
import { awaitRevision } from "../dev/await-revision.ts";
import { print, toPrintableItem } from "../terminal/printable.ts";
import { paint } from "../terminal/style.ts";
import { CommandError, createUserApi, type UserApi } from "../user-api/client.ts";
import {
  ReloadCodeLocationDocument,
  RemoveCodeLocationDocument,
  SetCodeLocationDocument,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { urlOption } from "./options.ts";
import { unknownLocation } from "./unknown-location.ts";

interface AddOptions {
  readonly url: string;
  readonly folder?: string;
  readonly image?: string;
  readonly entry: string;
  readonly queue?: string;
  readonly env?: readonly string[];
  readonly wait: boolean;
}

/** `millrace location add`, `reload` and `remove`. */
export function addLocationChangeCommands(location: Command): void {
  location
    .command("add")
    .description("Add a code location, or change the one of this name, and wait until its code has loaded")
    .argument("<name>")
    .option("--folder <folder>", "folder with the code, on the machine of the agent")
    .option(
      "--image <image>",
      "container image with the code, instead of a folder; --folder is one within it",
    )
    .option("--entry <file>", "the file that exports the definitions, in the folder", "src/definitions.ts")
    .option("--queue <name>", "agents that serve this queue serve the location (default: default)")
    .option("--env <name=text...>", "variables for its code; secrets stay with the agent")
    .option("--no-wait", "do not wait until the code has loaded")
    .addOption(urlOption())
    .action(addLocation);
  location
    .command("reload")
    .description("Load the code again, and wait until it has loaded; what serves goes on serving until then")
    .argument("<name>")
    .option("--no-wait", "do not wait until the code has loaded")
    .addOption(urlOption())
    .action(async (name: string, { url, wait }: { url: string; wait: boolean }) => {
      const api = createUserApi(url);
      const { reloadCodeLocation } = await api.send(ReloadCodeLocationDocument, { name });
      if (!reloadCodeLocation) throw await unknownLocation(api, name);
      await sayLoaded(api, reloadCodeLocation, wait);
    });
  location
    .command("remove")
    .description("Remove a code location; the history of its assets and its runs stays")
    .argument("<name>")
    .addOption(urlOption())
    .action(async (name: string, { url }: { url: string }) => {
      const api = createUserApi(url);
      const { removeCodeLocation } = await api.send(RemoveCodeLocationDocument, { name });
      if (!removeCodeLocation) throw await unknownLocation(api, name);
      console.log(`Removed ${name}`);
    });
}

async function addLocation(name: string, options: AddOptions): Promise<void> {
  const { folder, image, entry, queue, env = [] } = options;
  if (folder === undefined && image === undefined)
    throw new CommandError("Say where the code is: --folder FOLDER, or --image IMAGE");
  const code =
    image === undefined
      ? { kind: "folder", workingDirectory: resolve(folder ?? "."), entry }
      : { kind: "image", image, workingDirectory: folder ?? null, entry };
  const document = {
    code,
    ...(queue === undefined ? {} : { queue }),
    environment: Object.fromEntries(env.map(readVariable)),
  };
  const api = createUserApi(options.url);
  const { setCodeLocation: result } = await api.send(SetCodeLocationDocument, { name, document });
  if (result.__typename !== "CodeLocation") throw refused(result.message);
  await sayLoaded(api, result, options.wait);
}

function readVariable(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new CommandError(`--env takes name=text, not "${text}"`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** @throws CommandError when the revision does not load. */
async function sayLoaded(
  api: UserApi,
  { name, revision }: { readonly name: string; readonly revision: number },
  wait: boolean,
): Promise<void> {
  console.log(`Revision ${revision} of ${name} is to be loaded by an agent`);
  if (!wait) return;
  const outcome = await awaitRevision(api, name, revision, new AbortController().signal);
  for (const warning of outcome.warnings) print(`${paint("yellow", "!")} ${toPrintableItem(warning)}`);
  if (outcome.error !== null)
    throw new CommandError(
      `${name} does not load${outcome.serving ? "; the version before goes on serving" : ""}:\n${outcome.error}`,
    );
  console.log(`${name}: ${outcome.assetCount} assets`);
}
