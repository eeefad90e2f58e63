import type { AutomationCondition } from "@millrace/model/automation/condition";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { AssetContext } from "../assets/asset-context.ts";
import type { Asset, AssetRef } from "../assets/asset-definition.ts";
import type { CheckResult, CheckSeverity } from "../assets/check-result.ts";
import type { UpstreamMaterialization } from "../context/upstream-materialization.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { SourcePosition } from "../definition/source-position.ts";
import type { ResourceMap } from "../resources/resource.ts";
import { type AssetCheck, createAssetCheck } from "./asset-check.ts";

/** What every function that makes checks of several assets takes. */
export interface CheckFactoryOptions {
  /** The assets to check, each by a check of its own. */
  readonly assets: readonly (Asset | AssetRef)[];
  /** How the check of each asset is called. */
  readonly name?: string;
  /** How bad it is when one does not pass. */
  readonly severity?: CheckSeverity;
  /** When the checks are evaluated without anybody asking. Default: along with their assets, or with a job that selects them. */
  readonly automationCondition?: AutomationCondition;
}

/** What the code of such a check receives. */
export type FactoryContext = AssetContext<undefined, ResourceMap, PartitionsDefinition | undefined>;

/** A check that looks at what is known of its asset, and not at its value. */
interface FactoryCheck extends Required<Pick<CheckFactoryOptions, "name" | "severity">> {
  readonly description: string;
  readonly partitions: "each" | "none";
}

/** Makes a check of each asset. */
export function createChecks(
  { assets, automationCondition }: CheckFactoryOptions,
  { name, ...check }: FactoryCheck,
  source: SourcePosition | null,
  evaluate: (context: FactoryContext, asset: Asset | AssetRef) => Promise<CheckResult>,
): AssetCheck[] {
  return assets.map((asset) => {
    const compute = (context: FactoryContext): Promise<CheckResult> => evaluate(context, asset);
    const options = {
      ...check,
      asset,
      loadsValue: false,
      ...(automationCondition ? { automationCondition } : {}),
    };
    return createAssetCheck(name, options, compute, source);
  });
}

/** What an asset is now, and what it was before. */
export interface AssetHistory {
  /** Null: it has never been materialized, or observed where others make it. */
  readonly current: UpstreamMaterialization | null;
  /** Newest first. */
  readonly former: readonly UpstreamMaterialization[];
}

/**
 * The event that a check is about, with those before it: materializations, or observations where the asset is observed. What the
 * run itself has made counts, whether or not the control plane knows of it yet.
 */
export async function findHistory(
  context: FactoryContext,
  asset: Asset | AssetRef,
  limit: number,
): Promise<AssetHistory> {
  const events = isObserved(asset)
    ? await context.deployment.observations(asset, { limit })
    : await context.deployment.materializations(asset, { limit });
  const current = context.upstream(asset) ?? events[0] ?? null;
  return { current, former: events.filter((event) => current === null || !isSame(event, current)) };
}

/** Whether an asset is made by a step, so that only its materializations count. */
export function isMadeHere(asset: Asset | AssetRef): boolean {
  return asset[DEFINITION] === "asset" && asset.computation?.kind === "materialize";
}

function isObserved(asset: Asset | AssetRef): boolean {
  return asset[DEFINITION] === "asset" && asset.computation?.kind === "observe";
}

function isSame(one: UpstreamMaterialization, other: UpstreamMaterialization): boolean {
  return (
    one.runId === other.runId &&
    one.partitionKey === other.partitionKey &&
    one.timestamp.getTime() === other.timestamp.getTime()
  );
}
