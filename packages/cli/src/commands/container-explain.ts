import type { Command } from "commander";
import { print, toPrintableItem } from "../terminal/printable.ts";
import { formatTable } from "../terminal/style.ts";
import { CommandError, createUserApi } from "../user-api/client.ts";
import {
  LocationContainerDocument,
  RunContainerDocument,
  type ContainerPartsFragment,
} from "../user-api/documents.gen.ts";
import { readTag, urlOption } from "./options.ts";
import { unknownLocation } from "./unknown-location.ts";

interface ExplainOptions {
  readonly url: string;
  readonly json?: boolean;
  readonly job?: string;
  readonly tag?: readonly string[];
}

/** `millrace location explain`. */
export function addLocationExplainCommand(location: Command): void {
  location
    .command("explain")
    .description("What the containers of a location have, and who says so: deployment, location, job or run")
    .argument("<name>")
    .option("--job <name>", "a run of this job (default: the code server)")
    .option("--tag <key=value...>", "a run with these tags")
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(async (name: string, { url, json = false, job, tag = [] }: ExplainOptions) => {
      const api = createUserApi(url);
      const variables = { name, jobName: job ?? null, tags: tag.map(readTag) };
      const { codeLocation } = await api.send(LocationContainerDocument, variables);
      if (!codeLocation) throw await unknownLocation(api, name);
      printContainer(codeLocation.container, json);
    });
}

/** `millrace run explain`. */
export function addRunExplainCommand(run: Command): void {
  run
    .command("explain")
    .description("What the container of a run has, and who says so: deployment, location, job or run")
    .argument("<id>")
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(async (id: string, { url, json = false }: ExplainOptions) => {
      const { run: found } = await createUserApi(url).send(RunContainerDocument, { id });
      if (!found) throw new CommandError(`There is no run ${id} at ${url}`);
      printContainer(found.container, json);
    });
}

function printContainer(values: readonly ContainerPartsFragment[], json: boolean): void {
  if (json) {
    console.log(JSON.stringify(values, null, 2));
    return;
  }
  const rows = values.map(({ setting, name, value, from, overrides }) => [
    setting === "volumes" || name === null ? setting : toPrintableItem(`${setting}.${name}`),
    toPrintableItem(typeof value === "string" ? value : JSON.stringify(value)),
    from,
    overrides.join(", "),
  ]);
  if (rows.length > 0) print(formatTable(["SETTING", "VALUE", "SAID BY", "INSTEAD OF"], rows));
  print(
    `${rows.length === 0 ? "Nobody says anything of it" : "For the rest"}: what its agent was started with (--docker-…) holds, else the engine's defaults`,
  );
}
