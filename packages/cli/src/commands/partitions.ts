import { print } from "../terminal/printable.ts";
import type { Command } from "commander";
import { createUserApi } from "../user-api/client.ts";
import {
  AddDynamicPartitionsDocument,
  DeleteDynamicPartitionsDocument,
  DynamicPartitionsDocument,
  type AddDynamicPartitionsMutation,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { urlOption } from "./options.ts";

/** Keys that one request lists. */
const PAGE = 10_000;

/** `millrace partitions …`: the keys of dynamic partitions. */
export function addPartitionsCommands(program: Command): void {
  const partitions = program
    .command("partitions")
    .description("Add, list and delete keys of dynamic partitions");

  partitions
    .command("list")
    .description("All keys, oldest first")
    .argument("<name>", "the name of the partitions' definition")
    .addOption(urlOption())
    .action(async (name: string, { url }: { url: string }) => {
      const api = createUserApi(url);
      let after: string | null = null;
      do {
        const { dynamicPartitions: page }: Awaited<ReturnType<typeof readPage>> = await readPage(after);
        for (const { key } of page.nodes) print(key);
        after = page.cursor;
      } while (after !== null);

      function readPage(cursor: string | null) {
        return api.send(DynamicPartitionsDocument, { name, after: cursor, limit: PAGE });
      }
    });

  partitions
    .command("add")
    .description("Add keys; one that is there already keeps its place")
    .argument("<name>", "the name of the partitions' definition")
    .argument("<keys...>")
    .addOption(urlOption())
    .action(async (name: string, keys: string[], { url }: { url: string }) => {
      const { change } = await createUserApi(url).send(AddDynamicPartitionsDocument, { name, keys });
      console.log(`Added ${countOf(change)} of ${keys.length}`);
    });

  partitions
    .command("delete")
    .description("Delete keys; what is known of their partitions stays")
    .argument("<name>", "the name of the partitions' definition")
    .argument("<keys...>")
    .addOption(urlOption())
    .action(async (name: string, keys: string[], { url }: { url: string }) => {
      const { change } = await createUserApi(url).send(DeleteDynamicPartitionsDocument, { name, keys });
      console.log(`Deleted ${countOf(change)} of ${keys.length}`);
    });
}

function countOf(change: AddDynamicPartitionsMutation["change"]): number {
  if (change.__typename === "InvalidInput") throw refused(change.message);
  return change.count;
}
