import { explainUnknownName } from "@millrace/model/near-names";
import { InvalidArgumentError, Option, type Command } from "commander";
import { systemClock } from "@millrace/model/time/clock";
import { paint, formatTable } from "../terminal/style.ts";
import { toPrintable, toPrintableLine } from "../terminal/printable.ts";
import { CommandError, createUserApi, type UserApi } from "../user-api/client.ts";
import {
  TickEvaluationDocument,
  type InstigatorPartsFragment,
  type TickPartsFragment,
} from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";

/** Names one schedule or sensor. */
export interface InstigatorName {
  readonly locationName: string;
  readonly name: string;
}

/** A schedule or sensor as it is listed. */
export interface ListedInstigator extends InstigatorName {
  /** When it ticks, for people. */
  readonly when: string;
  readonly state: InstigatorPartsFragment;
}

/** What differs between schedules and sensors in their commands. */
export interface InstigatorCommands {
  readonly kind: "schedule" | "sensor";
  readonly list: (api: UserApi) => Promise<readonly ListedInstigator[]>;
  readonly switchTo: (
    api: UserApi,
    verb: SwitchVerb,
    name: InstigatorName,
  ) => Promise<InstigatorPartsFragment | undefined>;
  readonly listTicks: (
    api: UserApi,
    name: InstigatorName,
    page: TickPageInput,
  ) => Promise<TickPartsFragment | undefined>;
}

type SwitchVerb = "start" | "stop" | "reset";

/** Which ticks are wanted. */
export interface TickPageInput {
  readonly limit: number;
  readonly after: string | null;
  readonly statuses: TickStatus[] | null;
}

type TickStatus = TickPartsFragment["nodes"][number]["status"];
const STATUSES = ["STARTED", "SUCCESS", "SKIPPED", "FAILURE"] as const satisfies readonly TickStatus[];

/** Ticks that one request lists. */
const PAGE = 500;
const POLL_MS = 200;

const SWITCHES: Readonly<Record<SwitchVerb, string>> = {
  start: "Let it tick from now on, whatever its definition says",
  stop: "Let it tick no more",
  reset: "Let it tick, or not, as its definition says",
};

interface Options {
  readonly url: string;
  readonly location?: string;
  readonly json?: boolean;
}

interface TicksOptions {
  readonly limit: number;
  readonly status?: TickStatus[];
  readonly logs?: boolean;
}

/** `list`, `start`, `stop`, `reset` and `ticks` of schedules or of sensors. */
export function addInstigatorCommands(command: Command, commands: InstigatorCommands): void {
  const { kind } = commands;
  command
    .command("list")
    .description(`Every ${kind}: whether it ticks, when next, and how it went the last time`)
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(async ({ url, json }: Options) => {
      const listed = await commands.list(createUserApi(url));
      if (json) for (const instigator of listed) console.log(JSON.stringify(instigator));
      else console.log(formatList(kind, listed));
    });
  for (const [verb, description] of Object.entries(SWITCHES) as [SwitchVerb, string][])
    command
      .command(verb)
      .description(description)
      .argument("<name>")
      .addOption(locationOption())
      .addOption(urlOption())
      .action(async (name: string, { url, location }: Options) => {
        const api = createUserApi(url);
        const state = await commands.switchTo(api, verb, await findInstigator(api, commands, name, location));
        console.log(describeState(state));
      });
  command
    .command("ticks")
    .description("Its ticks, newest first: when, how they went, and why")
    .argument("<name>")
    .option("--limit <count>", "so many", parseCount, 25)
    .addOption(new Option("--status <status...>", "only these").choices(STATUSES))
    .option("--logs", "with what their code has logged")
    .option("--json", "as JSON lines, with what their code has logged")
    .addOption(locationOption())
    .addOption(urlOption())
    .action(async (name: string, options: Options & TicksOptions) => {
      const api = createUserApi(options.url);
      await printTicks(api, commands, await findInstigator(api, commands, name, options.location), options);
    });
}

/** `--location`: which code location's schedule or sensor is meant. */
export function locationOption(): Option {
  return new Option("--location <name>", "code location, needed only when several define the name");
}

/** Finds a schedule or sensor by its name. @throws CommandError when none has it, or several have. */
export async function findInstigator(
  api: UserApi,
  { kind, list }: InstigatorCommands,
  name: string,
  location: string | undefined,
): Promise<ListedInstigator> {
  const all = await list(api);
  const [found, ...others] = all.filter(
    (item) => item.name === name && (location === undefined || item.locationName === location),
  );
  if (found === undefined) {
    const hint = explainUnknownName(name, [...new Set(all.map((item) => item.name))]);
    throw new CommandError(
      `There is no ${kind} "${name}"${location ? ` in code location "${location}"` : ""}${hint}`,
    );
  }
  if (others.length === 0) return found;
  const locations = [found, ...others].map(({ locationName }) => locationName).join(", ");
  throw new CommandError(`Several code locations define ${kind} "${name}": say --location ${locations}`);
}

/** Waits for the outcome of a test evaluation and prints it as JSON. @throws CommandError when it failed. */
export async function printEvaluation(api: UserApi, id: string): Promise<void> {
  const never = new AbortController().signal;
  for (;;) {
    const { tickEvaluation } = await api.send(TickEvaluationDocument, { id });
    if (tickEvaluation === null) throw new CommandError("The evaluation is gone");
    const { state, result, error, eventCursor } = tickEvaluation;
    const failure = readMessage(error) ?? readMessage((result as { error?: unknown } | null)?.error);
    if (failure !== null) throw new CommandError(`The evaluation failed: ${failure}`);
    if (state === "done") {
      console.log(toPrintable(JSON.stringify({ ...(result as object), eventCursor }, null, 2)));
      return;
    }
    await systemClock.sleep(POLL_MS, never);
  }
}

function formatList(kind: string, listed: readonly ListedInstigator[]): string {
  if (listed.length === 0) return `No ${kind}s.`;
  const rows = listed.map((item) => [
    item.name,
    item.locationName,
    item.when,
    item.state.status,
    item.state.nextTicks[0] ?? "",
    item.state.latestTick ? `${item.state.latestTick.status} ${item.state.latestTick.startedAt}` : "",
  ]);
  return formatTable([kind.toUpperCase(), "LOCATION", "WHEN", "STATUS", "NEXT TICK", "LAST TICK"], rows);
}

function describeState(state: InstigatorPartsFragment | undefined): string {
  if (state === undefined) throw new CommandError("It is not defined any more");
  if (state.problem !== null) return `It can't tick as it is defined: ${toPrintableLine(state.problem)}`;
  const [next] = state.nextTicks;
  return state.status === "STOPPED"
    ? "Stopped"
    : `Running${next === undefined ? "" : `; next tick at ${next}`}`;
}

async function printTicks(
  api: UserApi,
  commands: InstigatorCommands,
  name: InstigatorName,
  { limit, status, json, logs }: TicksOptions & Pick<Options, "json">,
): Promise<void> {
  const rows: string[][] = [];
  let after: string | null = null;
  for (let left = limit; left > 0;) {
    const page: TickPartsFragment | undefined = await commands.listTicks(api, name, {
      limit: Math.min(left, PAGE),
      after,
      statuses: status ?? null,
    });
    for (const tick of page?.nodes ?? []) {
      if (json) console.log(JSON.stringify(tick));
      const shown = tick.isWaiting ? "waits for an agent" : tick.status;
      const why = [tick.runIds.join(" "), tick.skipReason, readMessage(tick.error)]
        .filter(Boolean)
        .join("; ");
      rows.push([tick.scheduledAt, shown, why]);
      if (logs)
        for (const { timestamp, level, message } of tick.logs)
          rows.push(["", level, `${timestamp} ${message}`]);
    }
    after = page?.nodes.at(-1)?.id ?? null;
    left -= page?.nodes.length ?? 0;
    if (!page?.hasMore) break;
  }
  if (json) return;
  console.log(
    rows.length === 0
      ? paint("dim", "No ticks yet.")
      : formatTable(["TICK", "STATUS", "RUNS OR REASON"], rows),
  );
}

function readMessage(error: unknown): string | null {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : null;
  return typeof message === "string" ? message : null;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("Give a whole number above 0.");
}
