import type { Command } from "commander";
import { toPartitionKey } from "@millrace/model/partitions/multi-key";
import { CommandError, createUserApi } from "../user-api/client.ts";
import {
  ArchiveAssetDocument,
  WipeAssetDocument,
  type WipeAssetMutation,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { urlOption } from "./options.ts";

interface WipeOptions {
  readonly url: string;
  readonly yes?: boolean;
  readonly partition?: readonly string[];
}

/** `millrace asset wipe|archive|unarchive`: what has happened to assets is forgotten, or put out of sight. */
export function addAssetRemovalCommands(asset: Command): void {
  asset
    .command("wipe")
    .description(
      "Forget what has happened to an asset: materializations, observations and checks. Values and runs stay",
    )
    .argument("<key>", "asset key, such as raw/orders")
    .option(
      "--partition <keys...>",
      "only of these partitions; of several dimensions name=key,name=key",
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), toPartitionKey(text)],
    )
    .option("--yes", "it can't be undone: without this, nothing is done")
    .addOption(urlOption())
    .action(wipe);

  asset
    .command("archive")
    .description("Put an asset out of sight that no code location defines any more; its history is kept")
    .argument("<key>", "asset key, such as raw/orders")
    .addOption(urlOption())
    .action((key: string, { url }: { url: string }) => archive(url, key, true));

  asset
    .command("unarchive")
    .description("List an archived asset again")
    .argument("<key>", "asset key, such as raw/orders")
    .addOption(urlOption())
    .action((key: string, { url }: { url: string }) => archive(url, key, false));
}

async function wipe(key: string, { url, yes, partition }: WipeOptions): Promise<void> {
  const what = partition ? `partitions ${partition.join(", ")} of asset "${key}"` : `asset "${key}"`;
  if (!yes)
    throw new CommandError(`What has happened to ${what} would be forgotten for ever: say --yes to do so`);
  const { change } = await createUserApi(url).send(WipeAssetDocument, {
    key,
    partitionKeys: partition ? [...partition] : null,
  });
  requireChanged(change);
  console.log(`Forgot what had happened to ${what}`);
}

async function archive(url: string, key: string, archived: boolean): Promise<void> {
  const { change } = await createUserApi(url).send(ArchiveAssetDocument, { key, archived });
  requireChanged(change);
  console.log(archived ? `Archived asset "${key}"` : `Asset "${key}" is listed again`);
}

function requireChanged(change: WipeAssetMutation["change"]): void {
  if (change.__typename === "InvalidInput") throw refused(change.message);
}
