import { InvalidArgumentError, Option, type Command } from "commander";
import { CommandError, createUserApi } from "../user-api/client.ts";
import { ReportAssetEventDocument, type ReportedKind } from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { partitionOption, urlOption } from "./options.ts";

interface ReportOptions {
  readonly url: string;
  readonly observation?: boolean;
  readonly check?: string;
  readonly passed?: boolean;
  readonly failed?: boolean;
  readonly severity?: string;
  readonly partition?: string;
  readonly dataVersion?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly tag?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly idempotencyKey?: string;
}

/** `millrace asset report`: tells of an asset that is made, seen or checked elsewhere. */
export function addAssetReportCommand(asset: Command): void {
  asset
    .command("report")
    .description(
      "Report that an asset was made elsewhere; with --observation that it was seen, with --check what a check found",
    )
    .argument("<key>", "asset key, such as raw/orders")
    .addOption(new Option("--observation", "it was looked at, not made").conflicts("check"))
    .option("--check <name>", "a check of it was evaluated: say --passed or --failed")
    .addOption(new Option("--passed", "the check passed").conflicts("failed"))
    .option("--failed", "the check did not pass")
    .addOption(new Option("--severity <severity>", "of a check that did not pass").choices(["WARN", "ERROR"]))
    .addOption(partitionOption("partition that was made"))
    .option("--data-version <version>", "version of its data; by default a materialization is new data")
    .option("--metadata <name=value...>", "metadata; a value that is JSON is read as that", readMetadata)
    .option("--tag <name=value...>", "tags of the event", readTag)
    .option("--description <text>", "one sentence for people")
    .option("--idempotency-key <key>", "two reports with one key are one, for a week")
    .addOption(urlOption())
    .action(report);
}

async function report(assetKey: string, options: ReportOptions): Promise<void> {
  const { check, passed = false, failed = false } = options;
  if (check !== undefined && passed === failed)
    throw new CommandError("Say with --passed or --failed what the check found");
  if (check === undefined && (passed || failed))
    throw new CommandError("Name the check that --passed and --failed are about: --check NAME");
  const kind: ReportedKind =
    check !== undefined ? "CHECK" : options.observation ? "OBSERVATION" : "MATERIALIZATION";
  const input = {
    kind,
    assetKey,
    partitionKey: options.partition ?? null,
    metadata: options.metadata ?? null,
    description: options.description ?? null,
    tags: options.tag ? Object.entries(options.tag).map(([key, value]) => ({ key, value })) : null,
    dataVersion: options.dataVersion ?? null,
    checkName: check ?? null,
    passed: check === undefined ? null : passed,
    severity: options.severity ?? null,
    idempotencyKey: options.idempotencyKey ?? null,
  };
  const { report: answer } = await createUserApi(options.url).send(ReportAssetEventDocument, { input });
  if (answer.__typename !== "ReportedAssetEvent") throw refused(answer.message);
  console.log(answer.isNew ? `Reported ${assetKey}` : "Reported before: nothing has changed");
}

function readTag(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [name, value] = splitPair(text);
  return { ...before, [name]: value };
}

function readMetadata(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const [name, value] = splitPair(text);
  return { ...before, [name]: readValue(value) };
}

function splitPair(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Give a name and a value, such as rows=4.");
  return [text.slice(0, at), text.slice(at + 1)];
}

/** What is no JSON is a text. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
