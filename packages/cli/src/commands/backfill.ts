import { describeTarget } from "@millrace/model/runs/describe-target";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { Option, type Command } from "commander";
import { followBackfill } from "../terminal/follow-backfill.ts";
import { print, toPrintableItem } from "../terminal/printable.ts";
import { formatTable, paint, paintStatus } from "../terminal/style.ts";
import { CommandError, createUserApi } from "../user-api/client.ts";
import {
  BackfillDocument,
  BackfillsDocument,
  CancelBackfillDocument,
  LaunchBackfillDocument,
  RelaunchBackfillDocument,
  SetBackfillPausedDocument,
  type BackfillFieldsFragment,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { limitOption, partitionRangeOption, urlOption } from "./options.ts";
import { launchInput, type LaunchOptions } from "./run.ts";

interface BackfillOptions extends LaunchOptions {
  readonly job?: string;
  readonly title?: string;
  readonly only?: readonly ("missing" | "failed")[];
  readonly idempotencyKey?: string;
}

/** `millrace backfill …`: makes many partitions, and says how far it is. */
export function addBackfillCommands(program: Command): void {
  const backfill = program
    .command("backfill")
    .description("Make many partitions, watch, hold and cancel that");

  backfill
    .command("launch")
    .description(
      "Make many partitions of assets in upstream order, as the runs that their backfill policies ask for, and print the backfill's id",
    )
    .argument("[keys...]", "asset keys; none: all that --job makes")
    .option("--job <name>", "the job that makes them, or a job of ops")
    .option("--location <name>", "code location, needed only when several define them")
    .addOption(
      partitionRangeOption(
        "from the first to the last, such as 2024-01-01...2024-01-31; default: all that there are",
      ),
    )
    .addOption(
      new Option("--only <state...>", "only partitions that stand so").choices(["missing", "failed"]),
    )
    .option("--title <text>", "what it is for")
    .option("--config <json|@file>", "config of every run as JSON, or @ and a file that holds it")
    .option("--tag <key=value...>", "tags of every run; millrace/priority=N among them")
    .option("--idempotency-key <text>", "two launches with one key are one backfill")
    .option("-f, --follow", "wait for the end and print how far it is; exit 1 unless all is made")
    .addOption(urlOption())
    .action(launchBackfill);

  backfill
    .command("list")
    .description("The newest backfills")
    .addOption(limitOption())
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(listBackfills);

  backfill
    .command("show")
    .description("One backfill: how many partitions of each asset stand how")
    .argument("<id>")
    .option("--json", "as JSON")
    .option("-f, --follow", "wait for the end and print how far it is; exit 1 unless all is made")
    .addOption(urlOption())
    .action(showBackfill);

  backfill
    .command("cancel")
    .description("Launch nothing more of it, and end the runs that go on")
    .argument("<id>")
    .addOption(urlOption())
    .action(async (id: string, { url }: { url: string }) => {
      const { cancelBackfill: result } = await createUserApi(url).send(CancelBackfillDocument, { id });
      if (result.__typename !== "Backfill") throw refused(result.message);
      console.log(`${id} ${paintStatus(result.status)}`);
    });

  for (const [name, paused, description] of [
    ["pause", true, "Launch nothing more of it; its runs go on"],
    ["resume", false, "Let a backfill go on that was held"],
  ] as const)
    backfill
      .command(name)
      .description(description)
      .argument("<id>")
      .addOption(urlOption())
      .action(async (id: string, { url }: { url: string }) => {
        const sent = await createUserApi(url).send(SetBackfillPausedDocument, { id, paused });
        if (sent.setBackfillPaused.__typename !== "Backfill") throw refused(sent.setBackfillPaused.message);
        console.log(`${id} ${paused ? "held" : "goes on"}`);
      });

  backfill
    .command("retry")
    .description("Make what a backfill that has ended did not make, as a new one, and print its id")
    .argument("<id>")
    .option("--all", "everything again, also what it made")
    .option("-f, --follow", "wait for the end and print how far it is; exit 1 unless all is made")
    .addOption(urlOption())
    .action(async (id: string, options: { url: string; all?: boolean; follow?: boolean }) => {
      const api = createUserApi(options.url);
      const strategy = options.all ? "ALL" : "FROM_FAILURE";
      const { relaunchBackfill: result } = await api.send(RelaunchBackfillDocument, { id, strategy });
      if (result.__typename !== "LaunchedBackfill") throw refused(result.message);
      console.log(result.backfill.id);
      if (options.follow) await followBackfill(api, result.backfill.id);
    });
}

async function launchBackfill(keys: readonly string[], options: BackfillOptions): Promise<void> {
  if (keys.length === 0 && options.job === undefined)
    throw new CommandError("Name the assets to make, or a job with --job");
  const api = createUserApi(options.url);
  const { locationName, partitionRange, runConfig, tags } = await launchInput(options);
  const { launchBackfill: result } = await api.send(LaunchBackfillDocument, {
    input: {
      title: options.title ?? null,
      locationName: locationName ?? null,
      jobName: options.job ?? null,
      assetSelection: keys.length > 0 ? [...keys] : null,
      partitionRanges: partitionRange ? [partitionRange] : null,
      states: options.only?.map((state) => (state === "missing" ? "MISSING" : "FAILED")) ?? null,
      runConfig: runConfig ?? null,
      tags: tags ?? null,
      idempotencyKey: options.idempotencyKey ?? null,
    },
  });
  if (result.__typename !== "LaunchedBackfill") throw refused(result.message);
  console.log(result.backfill.id);
  if (options.follow) await followBackfill(api, result.backfill.id);
}

async function listBackfills(options: { url: string; limit: number; json?: boolean }): Promise<void> {
  const { backfills } = await createUserApi(options.url).send(BackfillsDocument, { limit: options.limit });
  if (options.json) {
    for (const each of backfills.nodes) console.log(JSON.stringify(each));
    return;
  }
  if (backfills.nodes.length === 0) {
    console.log("No backfills yet. Launch one: millrace backfill launch <asset>");
    return;
  }
  const rows = backfills.nodes.map((each) => [
    each.id,
    paintStatus(each.paused && each.endedAt === null ? "PAUSED" : each.status),
    `${sumOf(each, "materialized")} of ${sumOf(each, "targeted")}`,
    toPrintableItem(nameBackfill(each)),
    each.createdAt,
  ]);
  console.log(formatTable(["BACKFILL", "STATUS", "MADE", "WHAT", "CREATED"], rows));
}

async function showBackfill(
  id: string,
  options: { url: string; json?: boolean; follow?: boolean },
): Promise<void> {
  const api = createUserApi(options.url);
  const { backfill } = await api.send(BackfillDocument, { id });
  if (!backfill) throw new CommandError(`There is no backfill ${id} at ${options.url}`);
  if (options.json) {
    console.log(JSON.stringify(backfill, null, 2));
    return;
  }
  if (options.follow) return followBackfill(api, id);
  printBackfill(backfill);
  console.log(new URL(`/backfills/${id}`, options.url).href);
}

function printBackfill(backfill: BackfillFieldsFragment): void {
  const status = backfill.paused && backfill.endedAt === null ? "PAUSED" : backfill.status;
  print(
    `${backfill.id} ${paintStatus(status)} ${toPrintableItem(nameBackfill(backfill))} ${backfill.runCount} runs`,
  );
  if (backfill.message) print(paint("yellow", backfill.message));
  const rows = backfill.targets.map((target) =>
    [
      target.key,
      target.targeted,
      target.materialized,
      target.running,
      target.waiting,
      target.failed,
      target.skipped,
    ].map(String),
  );
  console.log(formatTable(["", "ALL", "MADE", "RUNNING", "WAITING", "FAILED", "SKIPPED"], rows));
}

/** Its title, or what it makes. */
function nameBackfill({ title, jobName, targets }: BackfillFieldsFragment): string {
  return title ?? describeTarget({ jobName: jobName ?? ASSET_JOB, assetKeys: targets.map(({ key }) => key) });
}

function sumOf({ targets }: BackfillFieldsFragment, field: "targeted" | "materialized"): number {
  return targets.reduce((sum, target) => sum + target[field], 0);
}
