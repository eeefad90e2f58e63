import type { Command } from "commander";
import { LOCATION_FAILURE_WORDS } from "@millrace/model/location-failure";
import { print, toPrintableItem } from "../terminal/printable.ts";
import { formatTable, paint } from "../terminal/style.ts";
import { createUserApi } from "../user-api/client.ts";
import {
  CodeLocationsDocument,
  LocationHistoryDocument,
  type CodeLocationsQuery,
  type LocationHistoryQuery,
} from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";
import { unknownLocation } from "./unknown-location.ts";

type Location = CodeLocationsQuery["codeLocations"][number];
type Version = NonNullable<LocationHistoryQuery["codeLocation"]>["versions"]["nodes"][number];

interface ViewOptions {
  readonly url: string;
  readonly json?: boolean;
}

/** `millrace location list` and `show`. */
export function addLocationViewCommands(location: Command): void {
  location
    .command("list")
    .description("All code locations: what serves, and whether the newest version has loaded")
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(listLocations);
  location
    .command("show")
    .description("One code location: its document, its versions, and why the newest does not load")
    .argument("<name>")
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(showLocation);
}

async function listLocations({ url, json = false }: ViewOptions): Promise<void> {
  const { codeLocations } = await createUserApi(url).send(CodeLocationsDocument, {});
  if (json) {
    for (const location of codeLocations) console.log(JSON.stringify(location));
    return;
  }
  const rows = codeLocations.map((location) => [
    location.name,
    describeState(location),
    String(location.assetCount),
    location.runsPausedAt === null ? "" : "paused",
  ]);
  const header = ["LOCATION", "STATE", "ASSETS", ""];
  console.log(rows.length === 0 ? "No code locations." : formatTable(header, rows));
}

async function showLocation(name: string, { url, json = false }: ViewOptions): Promise<void> {
  const api = createUserApi(url);
  const { codeLocation: location } = await api.send(LocationHistoryDocument, { name });
  if (location === null) throw await unknownLocation(api, name);
  if (json) {
    console.log(JSON.stringify(location, null, 2));
    return;
  }
  print(`${location.name} ${describeState(location)}, ${location.assetCount} assets`);
  if (location.runsPausedAt !== null) print(`Its runs wait in the queue since ${location.runsPausedAt}`);
  const { stringify } = await import("yaml");
  print(toPrintableItem(`document:\n${stringify(location.document).trimEnd()}`));
  print(
    formatTable(["REVISION", "STATE", "ASKED FOR", "BY", "WHY", "CODE"], location.versions.nodes.map(toRow)),
  );
  for (const warning of location.latest?.warnings ?? [])
    print(`${paint("yellow", "!")} ${toPrintableItem(warning)}`);
  const error = location.latest?.error as { readonly message?: unknown; readonly stack?: unknown } | null;
  if (!error) return;
  const { failure, retryAt } = location.latest ?? {};
  if (failure)
    print(
      `Revision ${location.latest?.revision} does not load: ${LOCATION_FAILURE_WORDS[failure]} (${failure}); ${retryAt ? `the next try is at ${retryAt}` : "it is not tried again before something is changed"}`,
    );
  print(paint("red", toPrintableItem(String(error.stack ?? error.message))));
}

function toRow(version: Version): string[] {
  const { code } = (version.document ?? {}) as { readonly code?: Readonly<Record<string, unknown>> };
  const source = code === undefined ? "" : String(code["image"] ?? code["workingDirectory"]);
  return [
    String(version.revision),
    version.state,
    version.createdAt,
    toPrintableItem(version.askedBy ?? ""),
    version.reason === "rolled_back" ? `rolled back to ${version.basedOn}` : (version.reason ?? ""),
    toPrintableItem(version.gitCommit === null ? source : `${source} at ${version.gitCommit.slice(0, 10)}`),
  ];
}

/** What serves, and how far the newest version is where that is another one. */
function describeState({ serving, latest }: Location): string {
  const serves = serving === null ? "nothing serves" : `revision ${serving.revision} serves`;
  if (latest === null) return `${serves}; no agent has taken it up`;
  return latest.revision === serving?.revision && latest.state === "ready"
    ? serves
    : `${serves}; revision ${latest.revision} ${latest.state}`;
}
