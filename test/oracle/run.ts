import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { argv, exit, stdout } from "node:process";
import { expectedOf, isEqualAnswer, type OracleCase } from "./compare.ts";
import { findDeviation } from "./deviations.ts";

/*
 * Compares our scheduling, partition, automation and run semantics with recorded ones:
 *
 *   node test/oracle/run.ts [DIR] [--verbose]
 *
 * DIR holds vector files in the format of `vectors/` (the default). Prints one JSON line per file and exits with 1 unless
 * all cases of all files are equal; those that `deviations.ts` gives a reason for are counted as `deviating`.
 * `vectors/README.md` says what the files mean.
 */

export interface FileResult {
  readonly file: string;
  readonly cases: number;
  readonly equal: number;
  /** Set when the file has no adapter. */
  readonly missing?: true;
  readonly differing: readonly Difference[];
}

export interface Difference {
  readonly id: string;
  readonly expected: unknown;
  readonly actual: unknown;
  /** Why we differ on purpose; null when that is a fault. */
  readonly deviation: string | null;
}

interface Adapter {
  /** The answer of our code, in the shape of the case's `expected`; may throw, which counts as an error. */
  readonly runCase: (testCase: unknown) => unknown;
}

export const VECTORS = join(import.meta.dirname, "vectors");

/** The vector files of a folder that are to be compared, by name. */
export function listVectorFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort();
}

/** Runs every case of one vector file through the adapter of the same name. */
export async function compareFile(folder: string, file: string): Promise<FileResult> {
  const cases = readCases(join(folder, file));
  const adapter = await loadAdapter(file);
  if (!adapter) return { file, cases: cases.length, equal: 0, missing: true, differing: [] };
  const differing: Difference[] = [];
  for (const testCase of cases) {
    const actual = answer(adapter, testCase);
    if (!isEqualAnswer(file, testCase, actual)) {
      const deviation = findDeviation(file, testCase);
      differing.push({ id: testCase.id, expected: expectedOf(testCase), actual, deviation });
    }
  }
  return { file, cases: cases.length, equal: cases.length - differing.length, differing };
}

async function loadAdapter(file: string): Promise<Adapter | null> {
  const path = join(import.meta.dirname, `${file.slice(0, -".json".length)}.ts`);
  if (!existsSync(path)) return null;
  const module: unknown = await import(path);
  if (!isAdapter(module)) throw new Error(`${path} must export a function runCase`);
  return module;
}

function isAdapter(module: unknown): module is Adapter {
  return (
    typeof module === "object" &&
    module !== null &&
    "runCase" in module &&
    typeof module.runCase === "function"
  );
}

function answer(adapter: Adapter, testCase: OracleCase): unknown {
  try {
    return adapter.runCase(testCase);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function readCases(path: string): OracleCase[] {
  const cases: OracleCase[] = JSON.parse(readFileSync(path, "utf8"));
  if (!Array.isArray(cases)) throw new Error(`${path} must hold a JSON array of cases`);
  return cases;
}

async function main(): Promise<void> {
  const args = argv.slice(2);
  const verbose = args.includes("--verbose");
  const folder = args.find((arg) => !arg.startsWith("--")) ?? VECTORS;
  let allEqual = true;
  for (const file of listVectorFiles(folder)) {
    const result = await compareFile(folder, file);
    const { cases, equal, missing, differing } = result;
    const deviating = differing.filter((difference) => difference.deviation !== null).length;
    if (equal + deviating !== cases) allEqual = false;
    const notes = { ...(deviating > 0 && { deviating }), ...(missing && { missing }) };
    stdout.write(`${JSON.stringify({ file, cases, equal, ...notes })}\n`);
    if (verbose) for (const difference of differing) stdout.write(`${JSON.stringify(difference)}\n`);
  }
  if (!allEqual) exit(1);
}

if (import.meta.main) await main();
