import type { Command } from "commander";
import { parseLocationDocument } from "@millrace/model/location-document";
import { awaitRevision } from "../dev/await-revision.ts";
import { print, toPrintableItem } from "../terminal/printable.ts";
import { paint } from "../terminal/style.ts";
import { CommandError, createUserApi, type UserApi } from "../user-api/client.ts";
import {
  LocationHistoryDocument,
  ReloadCodeLocationDocument,
  RemoveCodeLocationDocument,
  RollbackCodeLocationDocument,
  SetCodeLocationDocument,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { changeDocument, createDocument, type DocumentOptions } from "./location-document.ts";
import { parseRevision } from "./location-diff.ts";
import { urlOption } from "./options.ts";
import { unknownLocation } from "./unknown-location.ts";

interface WaitOptions {
  readonly url: string;
  readonly wait: boolean;
}

/** `millrace location add`, `update`, `reload`, `rollback` and `remove`. */
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
    .option(
      "--container <yaml|@file>",
      "what its containers have, such as 'memory: 2g', instead of what they had",
    )
    .option("--commit <hash>", "the git commit that the code is of, for people")
    .option("--no-wait", "do not wait until the code has loaded")
    .addOption(urlOption())
    .action(async (name: string, options: DocumentOptions & WaitOptions) => {
      await setDocument(createUserApi(options.url), name, createDocument(options), options.wait);
    });
  location
    .command("update")
    .description("Change what is named of a code location, and wait until its code has loaded")
    .argument("<name>")
    .option("--folder <folder>", "folder with the code; of an image, one within it")
    .option("--image <image>", "container image with the code")
    .option("--entry <file>", "the file that exports the definitions, in the folder")
    .option("--queue <name>", "agents that serve this queue serve the location")
    .option("--env <name=text...>", "variables for its code, beside those that it has")
    .option("--unset-env <name...>", "variables that its code has no more")
    .option(
      "--container <yaml|@file>",
      "what its containers have, such as 'memory: 2g', instead of what they had",
    )
    .option("--commit <hash>", "the git commit that the code is of, for people")
    .option("--no-wait", "do not wait until the code has loaded")
    .addOption(urlOption())
    .action(async (name: string, options: DocumentOptions & WaitOptions) => {
      const api = createUserApi(options.url);
      const { codeLocation } = await api.send(LocationHistoryDocument, { name });
      if (!codeLocation) throw await unknownLocation(api, name);
      const document = changeDocument(parseLocationDocument(codeLocation.document), options);
      await setDocument(api, name, document, options.wait);
    });
  location
    .command("rollback")
    .description(
      "Load the document of an older revision again, as a new one; without a revision, of the last that loaded and had another document",
    )
    .argument("<name>")
    .argument("[revision]", "one of those that millrace location show lists", parseRevision)
    .option("--no-wait", "do not wait until the code has loaded")
    .addOption(urlOption())
    .action(rollBack);
  location
    .command("reload")
    .alias("redeploy")
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

async function setDocument(api: UserApi, name: string, document: unknown, wait: boolean): Promise<void> {
  const { setCodeLocation: result } = await api.send(SetCodeLocationDocument, { name, document });
  if (result.__typename !== "CodeLocation") throw refused(result.message);
  await sayLoaded(api, result, wait);
}

async function rollBack(
  name: string,
  revision: number | undefined,
  { url, wait }: WaitOptions,
): Promise<void> {
  const api = createUserApi(url);
  const { rollbackCodeLocation: result } = await api.send(RollbackCodeLocationDocument, {
    name,
    revision: revision ?? null,
  });
  if (result.__typename !== "CodeLocationRolledBack") throw refused(result.message);
  print(`${name} has the document of revision ${result.basedOn} again`);
  if (result.warning !== null) print(`${paint("yellow", "!")} ${toPrintableItem(result.warning)}`);
  await sayLoaded(api, result.location, wait);
}

/**
 * Says that an agent is to load a revision of a location, and how that went.
 *
 * @throws CommandError when it does not load.
 */
export async function sayLoaded(
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
