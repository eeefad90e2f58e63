import type { AssetKey } from "@millrace/model/asset-key";
import { parseRetryPolicy, type RetryPolicy } from "@millrace/model/retry-policy";
import type { AssetChanges } from "../assets/asset-attributes.ts";
import type { Asset } from "../assets/asset-definition.ts";
import type { StepChanges } from "../assets/change-asset.ts";
import type { Hook } from "../hooks/hook.ts";
import type { Job } from "../jobs/job.ts";
import type { Definitions } from "./gathered.ts";
import { changeAssets } from "./map-assets.ts";

/** What definitions have that say nothing themselves. */
export interface DefinitionDefaults extends Pick<
  AssetChanges,
  "automationCondition" | "freshnessPolicy" | "owners" | "ioManager"
> {
  /** Of the jobs of ops, and of steps of assets where neither the step nor its job has one. */
  readonly retryPolicy?: RetryPolicy;
  /** Hooks of every step of a job, and of every step that makes assets, beside its own. */
  readonly hooks?: readonly Hook[];
  /** Tags of every asset; one of the same name that an asset has itself holds. */
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * The same definitions with defaults where they say nothing.
 *
 * @throws DefinitionError, InvalidRetryPolicy when a default makes no sense.
 */
export function applyDefaults(definitions: Definitions, defaults: DefinitionDefaults): Definitions {
  if (defaults.retryPolicy !== undefined) parseRetryPolicy(defaults.retryPolicy);
  const changes = new Map<AssetKey, StepChanges>();
  for (const asset of definitions.assets) {
    if (asset.computation === null) continue;
    changes.set(asset.key, changesOf(asset, defaults));
  }
  return changeAssets(definitions, changes, (job) => changeJob(job, defaults));
}

function changesOf(asset: Asset, defaults: DefinitionDefaults): StepChanges {
  const { automationCondition, freshnessPolicy, owners, ioManager, retryPolicy, hooks, tags } = defaults;
  const isMade = asset.computation?.kind === "materialize";
  return {
    ...(automationCondition && asset.automationCondition === null ? { automationCondition } : {}),
    ...(freshnessPolicy && asset.freshnessPolicy === null && isMade ? { freshnessPolicy } : {}),
    ...(owners && asset.owners.length === 0 ? { owners } : {}),
    ...(ioManager && asset.ioManager === null && isMade ? { ioManager } : {}),
    ...(tags ? { tags: { ...tags, ...asset.tags } } : {}),
    ...(hooks ? { hooks: [...(asset.computation?.hooks ?? []), ...hooks] } : {}),
    ...(retryPolicy ? { fallbackRetryPolicy: retryPolicy } : {}),
  };
}

function changeJob(
  job: Job,
  { retryPolicy, hooks = [] }: Pick<DefinitionDefaults, "retryPolicy" | "hooks">,
): Job {
  const isOfOps = job.target.kind === "ops";
  return Object.freeze({
    ...job,
    retryPolicy: job.retryPolicy ?? (isOfOps ? (retryPolicy ?? null) : null),
    hooks: [...job.hooks, ...hooks],
  });
}
