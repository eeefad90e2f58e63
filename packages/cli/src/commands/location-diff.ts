import { InvalidArgumentError, type Command } from "commander";
import { describeChangeCounts } from "@millrace/model/describe-changes";
import { print, toPrintableItem } from "../terminal/printable.ts";
import { paint } from "../terminal/style.ts";
import { createUserApi } from "../user-api/client.ts";
import { LocationChangesDocument, type LocationChangesQuery } from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";
import { unknownLocation } from "./unknown-location.ts";

type Changes = NonNullable<LocationChangesQuery["codeLocation"]>["changes"];
type Field = Changes["document"][number];

/** How changes are marked. */
export const SIGNS = {
  added: paint("green", "+"),
  removed: paint("red", "-"),
  changed: paint("yellow", "~"),
} as const;

/** `millrace location diff`. */
export function addLocationDiffCommand(location: Command): void {
  location
    .command("diff")
    .description(
      "What has changed between two versions that have loaded: of what they define, and of the document",
    )
    .argument("<name>")
    .argument("[from]", "a revision (default: the last before <to> that has loaded)", parseRevision)
    .argument("[to]", "a revision (default: the newest that has loaded)", parseRevision)
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(showChanges);
}

/**
 * Reads the number of a revision.
 *
 * @throws InvalidArgumentError
 */
export function parseRevision(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give the number of a revision.");
}

async function showChanges(
  name: string,
  from: number | undefined,
  to: number | undefined,
  { url, json = false }: { readonly url: string; readonly json?: boolean },
): Promise<void> {
  const api = createUserApi(url);
  const variables = { name, from: from ?? null, to: to ?? null };
  const { codeLocation } = await api.send(LocationChangesDocument, variables);
  if (!codeLocation) throw await unknownLocation(api, name);
  const { changes } = codeLocation;
  if (json) {
    console.log(JSON.stringify(changes, null, 2));
    return;
  }
  print(`${name}, revision ${changes.from} to ${changes.to}: ${describeCounts(changes)}`);
  for (const field of changes.document) print(`${SIGNS.changed} document ${describeField(field)}`);
  for (const { kind, name: definition, change, fields } of changes.changes) {
    print(`${SIGNS[change]} ${kind} ${toPrintableItem(definition)}`);
    for (const field of fields) print(`    ${describeField(field)}`);
  }
  if (changes.hasMore) print("… and more; the counts are those of all");
}

function describeCounts({ counts, document, isCodeChanged }: Changes): string {
  const counted = describeChangeCounts(counts);
  if (counted !== "") return counted;
  const rest =
    isCodeChanged === true
      ? "; the code has changed"
      : isCodeChanged === false
        ? "; the code is the same"
        : "";
  return `the same definitions${document.length > 0 ? ", another document" : ""}${rest}`;
}

/** A field before and after. */
export function describeField({ field, before, after }: Field): string {
  return toPrintableItem(`${field}: ${show(before)} → ${show(after)}`);
}

function show(value: unknown): string {
  return value === null ? "none" : JSON.stringify(value);
}
