import type { Command } from "commander";
import { RUN_STATUSES } from "@millrace/model/run-status";
import { systemClock } from "@millrace/model/time/clock";
import { print, toPrintableItem } from "../terminal/printable.ts";
import { formatTable } from "../terminal/style.ts";
import { CommandError, createUserApi, type UserApi } from "../user-api/client.ts";
import {
  BulkOperationDocument,
  BulkOperationsDocument,
  CancelRunsDocument,
  DeleteRunsDocument,
  ReexecuteRunsDocument,
  StopBulkOperationDocument,
  WipeAssetsDocument,
  type BulkOperationFragment,
  type RunsFilter,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { urlOption, readTag } from "./options.ts";
import { parseStatus } from "./run.ts";

/** Between two looks at how far an operation is. */
const LOOK_MS = 300;

interface FilterOptions {
  readonly url: string;
  readonly status?: readonly string[];
  readonly job?: string;
  readonly asset?: string;
  readonly partition?: string;
  readonly tag?: readonly string[];
  readonly all?: boolean;
  readonly wait: boolean;
}

interface WipeOptions {
  readonly url: string;
  readonly key?: readonly string[];
  readonly select?: string;
  readonly yes?: boolean;
  readonly wait: boolean;
}

/** `millrace bulk …`: the same for many runs or assets, on the server. */
export function addBulkCommands(program: Command): void {
  const bulk = program
    .command("bulk")
    .description(
      "Cancel, repeat or delete all runs of a filter, or wipe many assets; the server goes on when this command ends",
    );

  withFilter(bulk.command("cancel").description("Cancel the runs that have not ended")).action(
    async (options: FilterOptions) => {
      const api = createUserApi(options.url);
      const { operation } = await api.send(CancelRunsDocument, { filter: readFilter(options) });
      await follow(api, operation, options.wait);
    },
  );

  withFilter(bulk.command("reexecute").description("Repeat the runs that have ended"))
    .option("--from-failure", "only what failed in each, and what follows")
    .option("--from-asset-failure", "only assets and checks that each was to make and did not")
    .action(async (options: FilterOptions & { fromFailure?: boolean; fromAssetFailure?: boolean }) => {
      if (options.fromFailure && options.fromAssetFailure)
        throw new CommandError("Give one of --from-failure and --from-asset-failure");
      const strategy = options.fromFailure
        ? "FROM_FAILURE"
        : options.fromAssetFailure
          ? "FROM_ASSET_FAILURE"
          : "ALL_STEPS";
      const api = createUserApi(options.url);
      const { operation } = await api.send(ReexecuteRunsDocument, { filter: readFilter(options), strategy });
      await follow(api, operation, options.wait);
    });

  withFilter(
    bulk.command("delete").description("Delete the runs that have ended, with events and output"),
  ).action(async (options: FilterOptions) => {
    const api = createUserApi(options.url);
    const { operation } = await api.send(DeleteRunsDocument, { filter: readFilter(options) });
    await follow(api, operation, options.wait);
  });

  bulk
    .command("wipe")
    .description(
      "Forget what has happened to many assets: materializations, observations and checks. Values and runs stay",
    )
    .option("--select <selection>", 'which assets, such as "group:raw" or "key:raw/*"; "*" for all')
    .option("--key <keys...>", "these assets, such as raw/orders")
    .option("--yes", "it can't be undone: without this, nothing is done")
    .option("--no-wait", "do not wait until it is done")
    .addOption(urlOption())
    .action(wipe);

  bulk
    .command("list")
    .description("The newest operations and how far they are")
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(async ({ url, json }: { url: string; json?: boolean }) => {
      const { bulkOperations } = await createUserApi(url).send(BulkOperationsDocument, { limit: 50 });
      if (json) {
        for (const each of bulkOperations) console.log(JSON.stringify(each));
        return;
      }
      const rows = bulkOperations.map(({ id, kind, status, total, done, refused, createdAt }) => [
        id,
        kind,
        status,
        `${done} of ${total}`,
        String(refused),
        createdAt,
      ]);
      console.log(formatTable(["OPERATION", "WHAT", "STATUS", "DONE", "REFUSED", "CREATED"], rows));
    });

  bulk
    .command("stop")
    .description("Stop an operation; what it has done stays")
    .argument("<id>")
    .addOption(urlOption())
    .action(async (id: string, { url }: { url: string }) => {
      const { stopBulkOperation } = await createUserApi(url).send(StopBulkOperationDocument, { id });
      if (!stopBulkOperation) throw new CommandError(`There is no operation ${id}`);
      report(stopBulkOperation);
    });
}

async function wipe({ url, key, select, yes, wait }: WipeOptions): Promise<void> {
  if ((key === undefined) === (select === undefined))
    throw new CommandError("Say which assets: --select or --key, one of the two");
  if (!yes)
    throw new CommandError(
      "What has happened to these assets would be forgotten for ever: say --yes to do so",
    );
  const api = createUserApi(url);
  const variables = key === undefined ? { selection: select ?? "" } : { keys: [...key] };
  const { operation } = await api.send(WipeAssetsDocument, variables);
  if (operation.__typename === "InvalidInput") throw refused(operation.message);
  await follow(api, operation, wait);
}

function withFilter(command: Command): Command {
  return command
    .option("--status <status...>", `only these: ${RUN_STATUSES.join(", ")}`)
    .option("--job <name>", "only this job")
    .option("--asset <key>", "only runs that make this asset")
    .option("--partition <key>", "only runs of this partition")
    .option("--tag <key=value...>", "only runs with all of these tags")
    .option("--all", "every run, when nothing else says which")
    .option("--no-wait", "do not wait until it is done")
    .addOption(urlOption());
}

function readFilter({ status, job, asset, partition, tag, all }: FilterOptions): RunsFilter {
  const filter = {
    ...(status === undefined ? {} : { statuses: status.map(parseStatus) }),
    ...(job === undefined ? {} : { jobName: job }),
    ...(asset === undefined ? {} : { assetKey: asset }),
    ...(partition === undefined ? {} : { partitionKey: partition }),
    ...(tag === undefined ? {} : { tags: tag.map(readTag) }),
  };
  if (Object.keys(filter).length === 0 && !all)
    throw new CommandError(
      "Say which runs: --status, --job, --asset, --partition or --tag; --all for every one",
    );
  return filter;
}

async function follow(api: UserApi, begun: BulkOperationFragment, wait: boolean): Promise<void> {
  report(wait ? await untilEnded(api, begun) : begun);
}

async function untilEnded(api: UserApi, begun: BulkOperationFragment): Promise<BulkOperationFragment> {
  let operation = begun;
  while (operation.status === "RUNNING") {
    await systemClock.sleep(LOOK_MS, new AbortController().signal);
    const { bulkOperation } = await api.send(BulkOperationDocument, { id: operation.id });
    if (!bulkOperation) throw new CommandError(`Operation ${operation.id} is gone`);
    operation = bulkOperation;
  }
  return operation;
}

function report({ id, kind, status, total, done, refused, refusals }: BulkOperationFragment): void {
  console.log(
    `${id} ${kind} ${status}: ${done} of ${total} ${kind === "WIPE" ? "assets" : "runs"}${refused > 0 ? `, ${refused} refused` : ""}`,
  );
  for (const { runId, message } of refusals) print(toPrintableItem(`${runId}: ${message}`));
}
