import type { Command } from "commander";
import { formatTable, paint } from "../terminal/style.ts";
import { toPrintableLine } from "../terminal/printable.ts";
import { createUserApi } from "../user-api/client.ts";
import {
  AutomationDocument,
  SwitchAutomationDocument,
  type AutomationPartsFragment,
} from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { urlOption } from "./options.ts";

interface Options {
  readonly url: string;
  readonly group?: string;
  readonly json?: boolean;
}

/** `millrace automation …`: whether automation conditions are evaluated, by group of assets. */
export function addAutomationCommands(program: Command): void {
  const automation = program
    .command("automation")
    .description("List and switch automation conditions; `millrace explain` says what one comes to");
  automation
    .command("list")
    .description("The groups of assets that have conditions, and whether these are evaluated")
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(async ({ url, json }: Options) => {
      show((await createUserApi(url).send(AutomationDocument, {})).automation, json ?? false);
    });
  for (const verb of ["start", "stop"] as const)
    automation
      .command(verb)
      .description(
        verb === "start"
          ? "Have conditions evaluated; those of a group begin anew"
          : "Have conditions evaluated no more",
      )
      .option("--group <name>", "only the conditions of this group of assets")
      .option("--json", "as JSON")
      .addOption(urlOption())
      .action(async ({ url, group, json }: Options) => {
        const { switchAutomation: result } = await createUserApi(url).send(SwitchAutomationDocument, {
          group: group ?? null,
          on: verb === "start",
        });
        if (result.__typename !== "AutomationSwitches") throw refused(result.message);
        show(result, json ?? false);
      });
}

function show({ isOn, groups }: AutomationPartsFragment, json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ isOn, groups }, null, 2));
    return;
  }
  if (!isOn) console.log(paint("yellow", "Automation conditions are off for the whole deployment"));
  console.log(
    groups.length === 0
      ? "No asset has an automation condition."
      : formatTable(
          ["GROUP", "CONDITIONS", ""],
          groups.map((group) => [
            group.name === "" ? "(none)" : group.name,
            String(group.conditions),
            group.isOn ? "on" : "off",
          ]),
        ),
  );
  for (const problem of groups.flatMap(({ problems }) => problems))
    console.log(paint("red", toPrintableLine(problem)));
}
