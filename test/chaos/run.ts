/**
 * `npm run chaos -- [--minutes N] [--seed S]`: kills everything again and again while runs are launched, on real processes, and
 * prints as JSON lines what was done and what held. Ends with 1 when something did not.
 */
import { parseArgs } from "node:util";
import type { BrokenKind } from "./check-executions.ts";
import { runChaos } from "./chaos.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "3" }, seed: { type: "string", default: "1" } },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error("--minutes takes a number above 0, --seed a whole number");
  process.exit(1);
}

const { findings, ...done } = await runChaos({ seed, seconds: minutes * 60 });
console.log(JSON.stringify({ chaos: "done", seed, minutes, ...done }));
for (const finding of findings) console.log(JSON.stringify({ chaos: "check", ...finding }));
const count = (kind: BrokenKind): number =>
  findings.filter((finding) => finding.kind === kind).reduce((sum, { broken }) => sum + broken.length, 0);
const { kills, ticks, runs } = done;
const broken = {
  lost: count("lost"),
  doubled: count("doubled"),
  orphans: count("orphans"),
  stuck: count("stuck"),
};
console.log(JSON.stringify({ bench: "chaos", seed, minutes, kills, ticks, runs, ...broken }));
if (findings.some(({ broken }) => broken.length > 0)) {
  console.error("Something did not hold: see the lines with `broken`");
  process.exitCode = 1;
}
