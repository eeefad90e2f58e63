import { parseCron } from "@millrace/model/time/cron-schedule";
import { ticksBackFrom } from "@millrace/model/time/cron-ticks";
import { getTimeZone } from "@millrace/model/time/time-zone";
import { partitionKeysBackward } from "@millrace/model/partitions/partition-keys";
import type { CheckResult } from "../assets/check-result.ts";
import { checkOption } from "../definition/check-option.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import { metadata } from "../metadata/metadata.ts";
import { partitionWindow } from "../partitions/partition-keys.ts";
import type { AssetCheck } from "./asset-check.ts";
import { instantText } from "./last-update.ts";
import { type CheckFactoryOptions, createChecks, type FactoryContext } from "./check-factory.ts";

/** How the freshness of partitions is checked. */
export interface PartitionFreshnessCheckOptions extends CheckFactoryOptions {
  /** By when the last partition that has ended must be there. */
  readonly deadlineCron: string;
  /** IANA name. Default: `UTC`. */
  readonly timezone?: string;
}

/**
 * Makes a check `partition_freshness` of each asset with partitions of time: whether the last partition that had ended by the last
 * deadline has been materialized. `severity`: `ERROR` by default. Something must run them when nothing is made, see
 * `freshnessChecks`.
 *
 * @example
 * // At 9 o'clock the day before must be there.
 * export const days = partitionFreshnessChecks({
 *   assets: [salesByDay],
 *   deadlineCron: "0 9 * * *",
 *   timezone: "Europe/Berlin",
 * });
 *
 * @throws DefinitionError for an asset whose partitions are not windows of time.
 */
export function partitionFreshnessChecks(options: PartitionFreshnessCheckOptions): AssetCheck[] {
  const source = captureSourcePosition(partitionFreshnessChecks);
  const { name = "partition_freshness", severity = "ERROR", deadlineCron, timezone = "UTC" } = options;
  const deadlines = checkOption("asset checks", name, source, () => ({
    cron: parseCron(deadlineCron),
    zone: getTimeZone(timezone),
  }));
  for (const asset of options.assets) {
    const { partitions } = asset;
    if (
      partitions &&
      partitions.type !== "static" &&
      partitions.type !== "dynamic" &&
      partitions.type !== "multi"
    )
      continue;
    throw new DefinitionError(
      "incompatible_partitions",
      `${describeDefinition("asset check", `${asset.key}:${name}`, { source })} is of an asset without partitions of time: use freshnessChecks`,
    );
  }
  const description = "Whether the last partition that has ended is there.";
  return createChecks(
    options,
    { name, severity, description, partitions: "none" },
    source,
    async (context, asset) => {
      const now = context.now().getTime();
      const { value: deadline } = ticksBackFrom(deadlines.cron, deadlines.zone, now).next();
      if (deadline === undefined || asset.partitions === undefined)
        return { passed: true, description: "There was no deadline yet" };
      const [wanted] = partitionKeysBackward(asset.partitions, deadline);
      if (wanted === undefined)
        return { passed: true, description: "No partition had ended by the last deadline" };
      return judge(await isMaterialized(context, asset, wanted), wanted, asset.partitions, deadline);
    },
  );
}

async function isMaterialized(
  context: FactoryContext,
  asset: Parameters<FactoryContext["upstream"]>[0],
  partitionKey: string,
): Promise<boolean> {
  // What the run itself has made counts, whether or not the control plane knows of it yet.
  if (context.upstream(asset)?.partitionKey === partitionKey) return true;
  const key = typeof asset === "string" ? asset : asset.key;
  return (await context.deployment.latestMaterialization(key, partitionKey)) !== null;
}

function judge(
  passed: boolean,
  partition: string,
  partitions: Parameters<typeof partitionWindow>[0],
  deadline: number,
): CheckResult {
  const window = partitionWindow(partitions, partition);
  const by = new Date(deadline);
  return {
    passed,
    description: `Partition ${partition}, due by ${instantText(by)}, ${passed ? "is materialized" : "is missing"}`,
    metadata: {
      partition,
      deadline: metadata.timestamp(by),
      ...(window ? { partition_ended: metadata.timestamp(window.end) } : {}),
    },
  };
}
