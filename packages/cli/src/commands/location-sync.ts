import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { print } from "../terminal/printable.ts";
import { CommandError, createUserApi } from "../user-api/client.ts";
import { SyncCodeLocationsDocument, type SyncCodeLocationsMutation } from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { sayLoaded } from "./location-change.ts";
import { describeField, SIGNS } from "./location-diff.ts";
import { urlOption } from "./options.ts";

type Synced = Extract<
  SyncCodeLocationsMutation["syncCodeLocations"],
  { readonly __typename: "SyncedCodeLocations" }
>["locations"][number];

interface SyncOptions {
  readonly url: string;
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

/** `millrace location sync`. */
export function addLocationSyncCommand(location: Command): void {
  location
    .command("sync")
    .description(
      "Make the code locations those of a file, all of them or none, and wait until the code of those that have changed has loaded",
    )
    .argument("[file]", "YAML", "millrace.yaml")
    .option("--prune", "remove the locations that the file does not list")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--no-wait", "do not wait until the code has loaded")
    .addOption(urlOption())
    .action(sync);
}

async function sync(file: string, { url, prune = false, dryRun = false, wait }: SyncOptions): Promise<void> {
  const source = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new CommandError(`Can't read ${file}: ${(cause as Error).message}`, { cause });
  });
  const { parseLocationsFile } = await import("./locations-file.ts");
  const locations = parseLocationsFile(file, resolve(file), source);
  const api = createUserApi(url);
  const { syncCodeLocations: result } = await api.send(SyncCodeLocationsDocument, {
    locations,
    prune,
    dryRun,
  });
  if (result.__typename !== "SyncedCodeLocations") throw refused(`${file}: ${result.message}`);
  for (const synced of result.locations) say(synced, dryRun);
  if (dryRun) return;
  const loads = result.locations.flatMap(({ name, change, revision }) =>
    revision !== null && (change === "added" || change === "updated")
      ? [sayLoaded(api, { name, revision }, wait)]
      : [],
  );
  const failures = (await Promise.allSettled(loads)).filter((load) => load.status === "rejected");
  if (failures.length === 0) return;
  const unexpected = failures.find(({ reason }) => !(reason instanceof CommandError));
  if (unexpected) throw unexpected.reason;
  throw new CommandError(failures.map(({ reason }) => (reason as CommandError).message).join("\n"));
}

function say({ name, change, document }: Synced, isDry: boolean): void {
  const would = isDry ? "would be " : "";
  switch (change) {
    case "added":
      return print(`${SIGNS.added} ${name} ${would}added`);
    case "removed":
      return print(`${SIGNS.removed} ${name} ${would}removed`);
    case "updated":
      print(`${SIGNS.changed} ${name} ${would}updated`);
      for (const field of document) print(`    ${describeField(field)}`);
      return;
    case "unlisted":
      return print(`? ${name} is not in the file, and stays; --prune removes it`);
    default:
      return print(`= ${name} stays as it is`);
  }
}
