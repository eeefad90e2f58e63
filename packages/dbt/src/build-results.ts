import { materializeResult, type CheckResult, type MaterializeResult, type MetadataRecord } from "millrace";
import type { FinishedNode } from "./dbt-log.ts";
import type { DbtTest } from "./dbt-tests.ts";

/** What a build made of the nodes that it was asked for. */
export interface BuildResults {
  /** By the names of the assets. */
  readonly made: Readonly<Record<string, MaterializeResult<void>>>;
  /** Nodes that failed, were skipped or never ended, by the names of their assets. */
  readonly notMade: Readonly<Record<string, FinishedNode | null>>;
}

/** Statuses of nodes that are there afterwards. */
const MADE: ReadonlySet<string> = new Set(["success", "no-op"]);

/**
 * What a build says about assets.
 *
 * @param wanted The ids of the nodes that were asked for, by the names of their assets.
 */
export function buildResults(
  wanted: ReadonlyMap<string, string>,
  tests: readonly DbtTest[],
  finished: ReadonlyMap<string, FinishedNode>,
): BuildResults {
  const made: Record<string, MaterializeResult<void>> = {};
  const notMade: Record<string, FinishedNode | null> = {};
  for (const [name, id] of wanted) {
    const node = finished.get(id);
    if (node === undefined || !MADE.has(node.status)) {
      notMade[name] = node ?? null;
      continue;
    }
    const checks = tests.flatMap((test) => {
      const result = test.nodeId === id ? finished.get(test.id) : undefined;
      const evaluated = result === undefined ? null : toCheckResult(result);
      return evaluated === null ? [] : [[test.check.name, evaluated] as const];
    });
    made[name] = materializeResult({ metadata: metadataOf(node), checks: Object.fromEntries(checks) });
  }
  return { made, notMade };
}

/** Null: the test did not run. A test that could not run is one that did not pass. */
export function toCheckResult({ status, message, failures, seconds }: FinishedNode): CheckResult | null {
  if (status === "skipped") return null;
  const metadata = {
    execution_seconds: seconds,
    ...(failures === null ? {} : { failures }),
    ...(message === "" ? {} : { message }),
  };
  if (status === "pass" || status === "success") return { passed: true, metadata };
  return { passed: false, severity: status === "warn" ? "WARN" : "ERROR", metadata };
}

/** Rows, bytes and whatever else the database's adapter says in numbers and texts. */
function metadataOf({ response, seconds }: FinishedNode): MetadataRecord {
  const said = Object.entries(response).filter(
    (entry): entry is [string, string | number] =>
      !entry[0].startsWith("_") && (typeof entry[1] === "number" || typeof entry[1] === "string"),
  );
  return { execution_seconds: seconds, ...Object.fromEntries(said) };
}
