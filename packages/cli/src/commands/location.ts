import type { Command } from "commander";
import { createUserApi } from "../user-api/client.ts";
import { PauseCodeLocationDocument } from "../user-api/documents.gen.ts";
import { addLocationExplainCommand } from "./container-explain.ts";
import { addLocationChangeCommands } from "./location-change.ts";
import { addLocationDiffCommand } from "./location-diff.ts";
import { addLocationSyncCommand } from "./location-sync.ts";
import { addLocationViewCommands } from "./location-view.ts";
import { urlOption } from "./options.ts";
import { unknownLocation } from "./unknown-location.ts";

/** `millrace location …`: shows, adds, changes, rolls back, syncs and removes code locations, and holds back their runs. */
export function addLocationCommands(program: Command): void {
  const location = program
    .command("location")
    .description("Show, add, change, roll back, sync and remove code locations, and hold back their runs");
  addLocationViewCommands(location);
  addLocationChangeCommands(location);
  addLocationSyncCommand(location);
  addLocationDiffCommand(location);
  addLocationExplainCommand(location);
  location
    .command("pause")
    .description("Keep the location's runs in the queue; those that are under way go on")
    .argument("<name>")
    .addOption(urlOption())
    .action((name: string, { url }: { url: string }) => setPaused(url, name, true));
  location
    .command("resume")
    .description("Let the location's runs start again")
    .argument("<name>")
    .addOption(urlOption())
    .action((name: string, { url }: { url: string }) => setPaused(url, name, false));
}

async function setPaused(url: string, name: string, paused: boolean): Promise<void> {
  const api = createUserApi(url);
  const { pauseCodeLocation } = await api.send(PauseCodeLocationDocument, { name, paused });
  if (!pauseCodeLocation) throw await unknownLocation(api, name);
  console.log(paused ? `Runs of ${name} wait in the queue` : `Runs of ${name} start again`);
}
