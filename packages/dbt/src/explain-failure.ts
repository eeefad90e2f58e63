import type { BuildResults } from "./build-results.ts";
import type { FinishedNode } from "./dbt-log.ts";
import type { DbtTest } from "./dbt-tests.ts";
import type { DbtManifest } from "./manifest.ts";
import type { DbtOutcome } from "./run-dbt.ts";

/** Characters of the end of dbt's output that an error repeats. */
const MAX_TAIL = 2_000;

/** What is known after a build. */
export interface Build {
  readonly manifest: DbtManifest;
  /** The ids of the nodes that were asked for, by the names of their assets. */
  readonly wanted: ReadonlyMap<string, string>;
  readonly tests: readonly DbtTest[];
  readonly finished: ReadonlyMap<string, FinishedNode>;
  readonly notMade: BuildResults["notMade"];
  readonly outcome: Pick<DbtOutcome, "exitCode" | "output">;
}

/**
 * Why a build failed: each node with its file and dbt's words, the tests that stopped others, what was skipped, or else the end of
 * dbt's output. Null when all was made and only tests failed, which the checks tell.
 */
export function explainFailure({
  manifest,
  wanted,
  tests,
  finished,
  notMade,
  outcome,
}: Build): string | null {
  const { exitCode, output } = outcome;
  const entries = Object.entries(notMade);
  const failed = entries.flatMap(([name, node]) =>
    node === null || node.status === "skipped"
      ? []
      : [`${name} (${manifest.nodes[wanted.get(name) ?? ""]?.original_file_path}): ${node.message}`],
  );
  const skipped = entries.flatMap(([name, node]) => (node?.status === "skipped" ? [name] : []));
  const failedTests = tests.flatMap(({ id, check }) => {
    const test = finished.get(id);
    return test && ["fail", "error"].includes(test.status) ? [`${check.name}: ${test.message}`] : [];
  });
  if (entries.length === 0 && (exitCode === 0 || (exitCode === 1 && failedTests.length > 0))) return null;
  if (failed.length === 0 && skipped.length === 0) {
    const how = exitCode === null ? "was ended by a signal" : `ended with exit code ${exitCode}`;
    const when =
      entries.length === 0
        ? "after it had made everything"
        : `before it had made ${Object.keys(notMade).join(", ")}`;
    return `dbt ${how} ${when}:\n${output.slice(-MAX_TAIL)}`;
  }
  return [
    ...(failed.length > 0 ? [`dbt could not make ${failed.join("\n")}`] : []),
    ...(failedTests.length > 0 ? [`Tests that did not pass: ${failedTests.join("\n")}`] : []),
    ...(skipped.length > 0 ? [`Skipped, because of what they are made from: ${skipped.join(", ")}`] : []),
  ].join("\n");
}
