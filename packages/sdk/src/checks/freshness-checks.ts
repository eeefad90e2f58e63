import { evaluateFreshness, nextFreshnessChange } from "@millrace/model/freshness/evaluate-freshness";
import { type FreshnessPolicy, parseFreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import type { Asset, AssetRef } from "../assets/asset-definition.ts";
import type { CheckResult, CheckSeverity } from "../assets/check-result.ts";
import { checkOption } from "../definition/check-option.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import { metadata } from "../metadata/metadata.ts";
import type { AssetCheck } from "./asset-check.ts";
import { type CheckFactoryOptions, createChecks, type FactoryContext, isMadeHere } from "./check-factory.ts";
import { findLastUpdate, instantText, LAST_UPDATED, type LastUpdate } from "./last-update.ts";

/** Observations that are looked back at for when the data version changed. */
const OBSERVATIONS = 200;

/** How freshness is checked. */
export interface FreshnessCheckOptions extends CheckFactoryOptions {
  /** How old the data may be: by age or by deadline, see `freshness`. */
  readonly policy: FreshnessPolicy;
}

/**
 * Makes a check `freshness` of each asset: whether its data is as young as a policy wants. Of assets that are observed, the data is
 * as old as their newest observation says in its metadata `last_updated_timestamp`, or else as its data version. Each is of an asset
 * with all its partitions. Something must run them when nothing is made: a schedule of a job that selects them.
 *
 * `severity` is for data that fails (default: `ERROR`); where the policy only warns, it is `WARN`.
 *
 * @example
 * const hour = 3600;
 * const fresh = freshnessChecks({
 *   assets: [rawOrders, cleanOrders],
 *   policy: freshness.timeWindow({ failSeconds: 24 * hour, warnSeconds: 12 * hour }),
 * });
 * export const hourly = schedule("check_freshness", { cron: "0 * * * *", job: job("freshness", { selection: fresh }) });
 */
export function freshnessChecks(options: FreshnessCheckOptions): AssetCheck[] {
  const source = captureSourcePosition(freshnessChecks);
  const { name = "freshness", severity = "ERROR" } = options;
  const policy = checkOption("asset checks", name, source, () => parseFreshnessPolicy(options.policy));
  const check = {
    name,
    severity,
    description: "Whether the data is as young as it must be.",
    partitions: "none",
  } as const;
  return createChecks(options, check, source, async (context, asset) =>
    judge(policy, await readLastUpdate(context, asset), context.now(), severity),
  );
}

async function readLastUpdate(context: FactoryContext, asset: Asset | AssetRef): Promise<LastUpdate> {
  // What the run itself has made counts, too; of what others make, `upstream` may be an observation.
  const made = isMadeHere(asset) ? context.upstream(asset) : null;
  const materialization = made ?? (await context.deployment.latestMaterialization(asset.key));
  const observations = isMadeHere(asset)
    ? []
    : await context.deployment.observations(asset.key, { limit: OBSERVATIONS });
  return findLastUpdate(materialization, observations);
}

function judge(
  policy: FreshnessPolicy,
  { at, because }: LastUpdate,
  now: Date,
  severity: CheckSeverity,
): CheckResult {
  if (at === null)
    return {
      passed: false,
      severity,
      description: `Nobody can say how fresh it is: ${because}`,
      metadata: { reason: because },
    };
  const state = evaluateFreshness(policy, at.getTime(), now.getTime());
  const next = nextFreshnessChange(policy, at.getTime(), now.getTime());
  return {
    passed: state === "PASS",
    severity: state === "WARN" ? "WARN" : severity,
    description: `Last updated ${instantText(at)}, ${spanOf(now.getTime() - at.getTime())} ago; ${describePolicy(policy)}`,
    metadata: {
      [LAST_UPDATED]: metadata.timestamp(at),
      age_seconds: Math.round((now.getTime() - at.getTime()) / 1000),
      ...(next === null ? {} : { next_change: metadata.timestamp(new Date(next)) }),
      reason: because,
    },
  };
}

function describePolicy(policy: FreshnessPolicy): string {
  if (policy.type === "time_window") {
    const { failSeconds, warnSeconds } = policy;
    const warns = warnSeconds == null ? "" : `warns from ${spanOf(warnSeconds * 1000)} on, `;
    return `it ${warns}fails from ${spanOf(failSeconds * 1000)} on`;
  }
  const { deadlineCron, timezone, lowerBoundSeconds } = policy;
  return `at each ${deadlineCron} (${timezone ?? "UTC"}) it must be no older than ${spanOf(lowerBoundSeconds * 1000)}`;
}

/** A span of time in its two largest units: `1 d 3 h`. */
function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const from = parts.findIndex(([count]) => count > 0);
  const shown = from < 0 ? parts.slice(-1) : parts.slice(from, from + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(" ");
}
