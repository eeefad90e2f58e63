import type { Command } from "commander";
import { toPrintableLine } from "../terminal/printable.ts";
import { paint } from "../terminal/style.ts";
import { CommandError, createUserApi } from "../user-api/client.ts";
import { ExplainAutomationDocument, type ExplainAutomationQuery } from "../user-api/documents.gen.ts";
import { urlOption } from "./options.ts";

type Explanation = NonNullable<ExplainAutomationQuery["explainAutomation"]>;

/** One part of a condition, as the API answers it. */
interface Part {
  readonly name: string;
  readonly target: string;
  readonly holds: boolean;
  readonly candidates: number;
  readonly count: number;
  readonly lastMaterialized: string | null;
  readonly lastFailed: string | null;
  readonly children: readonly Part[];
}

/** `millrace explain`: why an automation condition does or does not ask for something. */
export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description(
      "Why an asset's automation condition does or does not ask for it: what each part of it sees, and what would change that. " +
        "Why a run waits in the queue, `millrace run show` says",
    )
    .argument(
      "<asset>",
      "asset key, with @ and a partition: shop/orders@2024-05-01; of a check, shop/orders:no_nulls",
    )
    .option("--json", "as JSON")
    .addOption(urlOption())
    .action(async (subject: string, { url, json }: { url: string; json?: boolean }) => {
      const [name = "", partitionKey = null] = splitOnce(subject, "@");
      const [assetKey = "", checkName = null] = splitOnce(name, ":");
      const { explainAutomation: found } = await createUserApi(url).send(ExplainAutomationDocument, {
        assetKey,
        checkName,
        partitionKey,
      });
      if (!found) throw new CommandError(`${name} has no automation condition, or there is no such asset`);
      console.log(json ? JSON.stringify(found, null, 2) : formatExplanation(subject, found));
    });
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** An explanation in lines for people. */
function formatExplanation(subject: string, found: Explanation): string {
  const lines: string[] = [];
  if (found.problem !== null) lines.push(paint("red", toPrintableLine(found.problem)));
  if (found.offWith !== null)
    lines.push(
      paint(
        "yellow",
        `Switched off with its ${found.offWith}: it is not evaluated. See millrace automation list`,
      ),
    );
  const { now } = found;
  if (now) {
    lines.push(
      `${subject} ${now.isRequested ? paint("green", "is asked for now") : "is not asked for"}, as of ${now.at}`,
    );
    for (const { event } of now.blockers) lines.push(`  waits until ${toPrintableLine(event)}`);
    lines.push("", ...formatPart(now.tree as Part, 0), "");
    if (now.looksAt !== null)
      lines.push(`Looked at again when something happens to ${toPrintableLine(now.looksAt.join(", "))}`);
    if (now.until !== null) lines.push(`Looked at again at ${now.until}`);
  }
  lines.push(
    found.evaluatedAt === null
      ? "Never evaluated yet"
      : `Evaluated ${found.evaluations} times, last at ${found.evaluatedAt}`,
  );
  const [latest] = found.latest;
  if (latest) {
    const what = [...latest.runIds, ...(latest.backfillId ? [`backfill ${latest.backfillId}`] : [])].join(
      " ",
    );
    lines.push(
      `At ${latest.timestamp} it ${latest.requestedCount > 0 ? `asked for ${latest.requestedCount}: ${latest.problem ?? what}` : "remembered something new"}`,
    );
  }
  return lines.join("\n");
}

function formatPart(part: Part, depth: number): string[] {
  const { name, target, holds, candidates, count, lastMaterialized, lastFailed, children } = part;
  const seen = [
    target,
    ...(candidates > 1 ? [`holds for ${count} of ${candidates}`] : []),
    ...(lastMaterialized === null ? [] : [`materialized ${lastMaterialized}`]),
    ...(lastFailed === null ? [] : [`failed ${lastFailed}`]),
  ].join(", ");
  // Parts before it may have left nothing to ask about.
  const mark = candidates === 0 ? paint("dim", "–") : holds ? paint("green", "✔") : paint("red", "✖");
  return [
    `${"  ".repeat(depth)}${mark} ${toPrintableLine(name)}  ${paint("dim", toPrintableLine(seen))}`,
    ...children.flatMap((child) => formatPart(child, depth + 1)),
  ];
}
