import { expectRowCount, type RowCountTolerance } from "@millrace/model/checks/row-count-anomaly";
import type { CheckResult } from "../assets/check-result.ts";
import type { UpstreamMaterialization } from "../context/upstream-materialization.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { formatSourcePosition } from "../definition/source-position.ts";
import type { AssetCheck } from "./asset-check.ts";
import { type AssetHistory, type CheckFactoryOptions, createChecks, findHistory } from "./check-factory.ts";

/** How row counts are judged. */
export interface RowCountCheckOptions extends CheckFactoryOptions, Partial<RowCountTolerance> {
  /** Former materializations that are looked back at. Default: 30; at most 1,000. */
  readonly lookBack?: number;
  /** The metadata that holds the count. Default: `row_count`, which IO managers of tables and dbt say. */
  readonly metadataKey?: string;
}

/** Without these, former counts say too little about what is usual. */
const LEAST_HISTORY = 7;
/** What is further away than so many deviations counts as an outlier; the usual bound for the modified z-score. */
const DEVIATIONS = 3.5;
const LEAST_CHANGE = 0.1;
const LOOK_BACK = 30;

/**
 * Makes a check `row_count_anomaly` of each asset: whether it has about as many rows as usual. Usual is the median of what was made
 * before, and around it `deviations` (3.5) times their median absolute deviation, but at least `leastChange` (0.1: a tenth) of
 * the median. A few odd counts before do not matter, and steady growth is expected to go on. With fewer than `leastHistory` (7) former
 * counts the check passes and says so. A partition is compared with the other partitions, each as it was made last. `severity`:
 * `WARN` by default.
 *
 * @example
 * export const counts = rowCountAnomalyChecks({ assets: [rawOrders], leastHistory: 14, leastChange: 0.2 });
 *
 * @throws DefinitionError when a number makes no sense.
 */
export function rowCountAnomalyChecks(options: RowCountCheckOptions): AssetCheck[] {
  const source = captureSourcePosition(rowCountAnomalyChecks);
  const {
    name = "row_count_anomaly",
    severity = "WARN",
    metadataKey = "row_count",
    lookBack = LOOK_BACK,
  } = options;
  const { leastHistory = LEAST_HISTORY, deviations = DEVIATIONS, leastChange = LEAST_CHANGE } = options;
  for (const [option, value, least] of [
    ["leastHistory", leastHistory, 2],
    ["deviations", deviations, 0],
    ["leastChange", leastChange, 0],
    ["lookBack", lookBack, leastHistory],
  ] as const) {
    if (value >= least && value < Infinity) continue;
    throw new DefinitionError(
      "invalid_option",
      `rowCountAnomalyChecks({ … }) (${formatSourcePosition(source)}): \`${option}\` must be a number from ${least} on, not ${value}`,
    );
  }
  const description = "Whether there are about as many rows as usual.";
  const tolerance = { leastHistory, deviations, leastChange };
  return createChecks(
    options,
    { name, severity, description, partitions: "each" },
    source,
    async (context, asset) =>
      // One more, for what was just made.
      judge(await findHistory(context, asset, lookBack + 1), metadataKey, lookBack, tolerance),
  );
}

function judge(
  { current, former }: AssetHistory,
  metadataKey: string,
  lookBack: number,
  tolerance: RowCountTolerance,
): CheckResult {
  if (current === null) return { passed: false, description: "It has never been materialized" };
  const count = countOf(current, metadataKey);
  if (count === null)
    return {
      passed: false,
      description: `What was made last does not say how many rows it has: it has no number as metadata \`${metadataKey}\``,
    };
  const counts = comparable(current, former)
    .flatMap((event) => countOf(event, metadataKey) ?? [])
    .slice(0, lookBack);
  const expected = expectRowCount(counts, tolerance);
  const known = { row_count: count, compared_with: counts.length };
  if (expected === null)
    return {
      passed: true,
      description: `${count} rows; only ${counts.length} of ${tolerance.leastHistory} counts to compare with yet`,
      metadata: known,
    };
  const { median } = expected;
  const [lowest, highest] = [Math.ceil(expected.lowest), Math.floor(expected.highest)];
  return {
    passed: count >= lowest && count <= highest,
    description: `${count} rows, where ${lowest} to ${highest} are usual`,
    metadata: { ...known, median, lowest_expected: lowest, highest_expected: highest },
  };
}

/** What else was made to compare with: of other partitions, each as it was last; without partitions, what was made before. */
function comparable(
  current: UpstreamMaterialization,
  former: readonly UpstreamMaterialization[],
): readonly UpstreamMaterialization[] {
  if (current.partitionKey === null) return former;
  const newest = new Map<string | null, UpstreamMaterialization>();
  for (const event of former)
    if (event.partitionKey !== current.partitionKey && !newest.has(event.partitionKey))
      newest.set(event.partitionKey, event);
  return [...newest.values()];
}

function countOf({ metadata }: UpstreamMaterialization, key: string): number | null {
  const value = metadata[key];
  return (value?.type === "int" || value?.type === "float") && Number.isFinite(value.value)
    ? value.value
    : null;
}
