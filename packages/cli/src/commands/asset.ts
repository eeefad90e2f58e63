import type { Command } from "commander";
import { createUserApi } from "../user-api/client.ts";
import { AssetsDocument } from "../user-api/documents.gen.ts";
import { formatTable } from "../terminal/style.ts";
import { addAssetReportCommand } from "./asset-report.ts";
import { addAssetRemovalCommands } from "./asset-removal.ts";
import { partitionOption, partitionRangeOption, RANGE_IN_ONE_RUN, urlOption } from "./options.ts";
import { launch, launchInput, type LaunchOptions } from "./run.ts";

/** `millrace asset …`: lists, materializes, reports, wipes and archives assets. */
export function addAssetCommands(program: Command): void {
  const asset = program.command("asset").description("List, materialize, report, wipe and archive assets");

  asset
    .command("list")
    .description("Every asset: its group, its state, when it was last materialized")
    .argument("[search]", "only assets whose key, group, kind or owner contains this")
    .option("--archived", "also those that were put out of sight")
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(listAssets);

  addAssetRemovalCommands(asset);

  asset
    .command("materialize")
    .description(
      "Materialize assets in one run and print its id; with --follow, print its events and exit 1 unless it succeeds",
    )
    .argument("<keys...>", "asset keys, such as raw/orders")
    .option("--location <name>", "code location, needed only when several define the assets")
    .addOption(partitionOption("partition to materialize"))
    .addOption(partitionRangeOption(RANGE_IN_ONE_RUN).conflicts("partition"))
    .option("--config <json|@file>", "run config as JSON, or @ and a file that holds it")
    .option("--tag <key=value...>", "tags of the run")
    .option("-f, --follow", "wait for the end and print what happens")
    .addOption(urlOption())
    .action(async (keys: string[], options: LaunchOptions) => {
      await launch({ assetSelection: keys, ...(await launchInput(options)) }, options);
    });

  addAssetReportCommand(asset);
}

async function listAssets(
  search: string | undefined,
  options: { url: string; json?: boolean; archived?: boolean },
): Promise<void> {
  const api = createUserApi(options.url);
  const rows: string[][] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(after);
    for (const node of page.nodes) {
      if (options.json) console.log(JSON.stringify(node));
      else
        rows.push([
          node.key,
          node.group,
          node.state,
          node.latestMaterialization?.timestamp ?? "",
          node.kinds.join(" "),
        ]);
    }
    if (!page.hasMore) break;
    after = page.nodes.at(-1)?.key ?? null;
  }
  if (options.json) return;
  console.log(
    rows.length > 0
      ? formatTable(["ASSET", "GROUP", "STATE", "LAST MATERIALIZED", "KINDS"], rows)
      : "No assets.",
  );

  async function readPage(cursor: string | null) {
    return (
      await api.send(AssetsDocument, {
        search: search ?? null,
        archived: options.archived ?? false,
        after: cursor,
        limit: 500,
      })
    ).assets;
  }
}
