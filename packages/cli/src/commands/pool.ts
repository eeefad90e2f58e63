import { explainUnknownName } from "@millrace/model/near-names";
import { describeTarget } from "@millrace/model/runs/describe-target";
import type { Command } from "commander";
import { print, toPrintableItem } from "../terminal/printable.ts";
import { formatTable } from "../terminal/style.ts";
import { CommandError, createUserApi } from "../user-api/client.ts";
import { PoolsDocument, SetPoolLimitDocument, type PoolsQuery } from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";
import { urlOption } from "./options.ts";

type Pool = PoolsQuery["pools"][number];

/** `millrace pool …`: the slots of pools. */
export function addPoolCommands(program: Command): void {
  const pool = program.command("pool").description("Limit how many steps of a pool run at once");

  pool
    .command("list")
    .description("Pools that steps name, that have a limit, or of which somebody has a slot")
    .option("--json", "as JSON lines")
    .addOption(urlOption())
    .action(async ({ url, json }: { url: string; json?: boolean }) => {
      const { pools } = await createUserApi(url).send(PoolsDocument, {});
      if (json) {
        for (const each of pools) console.log(JSON.stringify(each));
        return;
      }
      if (pools.length === 0) {
        console.log("No pools yet: a step names one with `pool`");
        return;
      }
      const rows = pools.map((each) => [
        toPrintableItem(each.name),
        formatLimit(each),
        String(each.holders.length),
        String(each.waiting.length),
      ]);
      console.log(formatTable(["POOL", "LIMIT", "HELD", "WAITING"], rows));
    });

  pool
    .command("show")
    .description("Who has the slots of a pool, and who waits for one")
    .argument("<name>")
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(async (name: string, { url, json }: { url: string; json?: boolean }) => {
      const { pools } = await createUserApi(url).send(PoolsDocument, { name: null });
      const found = pools.find((each) => each.name === name);
      if (!found) {
        const known = pools.map((each) => each.name);
        throw new CommandError(`There is no pool "${name}"${explainUnknownName(name, known)}`);
      }
      if (json) console.log(JSON.stringify(found, null, 2));
      else printPool(found);
    });

  pool
    .command("set")
    .description(
      "Set how many slots a pool has; the steps that wait for one that there is now get it at once",
    )
    .argument("<name>")
    .argument("<limit>", "0 or more; `default`: the deployment's pool_default_limit")
    .addOption(urlOption())
    .action(async (name: string, text: string, { url }: { url: string }) => {
      const limit = text === "default" ? null : Number(text);
      if (limit !== null && !(Number.isInteger(limit) && text.trim() !== ""))
        throw new CommandError(`A limit is a whole number or \`default\`, not "${text}"`);
      const { setPoolLimit: result } = await createUserApi(url).send(SetPoolLimitDocument, { name, limit });
      if (result.__typename !== "Pool") throw refused(result.message);
      print(`${result.name}: ${result.limit === null ? "no limit" : `${result.limit} slots`}`);
    });
}

function printPool(pool: Pool): void {
  const what = pool.granularity === "run" ? "runs" : "steps";
  print(`${toPrintableItem(pool.name)}  limit ${formatLimit(pool)}, counts ${what}`);
  const rows = [
    ...pool.holders.map((claim) => ["has a slot", ...describeClaim(claim)]),
    ...pool.waiting.map((claim) => ["waits", ...describeClaim(claim)]),
  ];
  console.log(
    rows.length === 0 ? "Nobody has a slot" : formatTable(["", "RUN", "WHAT", "STEP", "SINCE"], rows),
  );
}

function describeClaim({ run, stepKey, since }: Pool["holders"][number]): string[] {
  return [
    run?.id ?? "",
    toPrintableItem(run ? describeTarget(run) : ""),
    toPrintableItem(stepKey ?? ""),
    since,
  ];
}

function formatLimit({ limit, isDefault }: Pool): string {
  return `${limit ?? "none"}${isDefault ? " (default)" : ""}`;
}
