import {
  targetName,
  type AutomationAssets,
  type AutomationTarget,
} from "@millrace/model/automation/asset-state-view";
import { evaluateAutomation as evaluateConditions } from "@millrace/model/automation/evaluate-automation";
import type { ConditionResult } from "@millrace/model/automation/evaluate-condition";
import { subsetKeys } from "@millrace/model/partitions/subset-keys";
import { isEmptySubset } from "@millrace/model/partitions/subset";
import type { Asset } from "../assets/asset-definition.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import { definitions } from "../definitions/definitions.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import type { Job } from "../jobs/job.ts";
import type { AutomationInstance } from "./automation-instance.ts";
import { requireOptions } from "./require-options.ts";
import { requireRecordedPartitions } from "./require-recorded-partitions.ts";
import { toAutomationAssets, viewInstance } from "./automation-view.ts";
import { listAssetsWithUpstream } from "./test-definitions.ts";

/** What the conditions of assets ask for at one time. */
export interface AutomationResult {
  /** Keys of the assets that are to be materialized, those they depend on first. */
  readonly requested: readonly string[];
  /** Names of the jobs that are to be launched by their own condition. */
  readonly requestedJobs: readonly string[];
  /** Names of the checks that are to be evaluated by their own condition, such as `shop/orders:no_nulls`. */
  readonly requestedChecks: readonly string[];
  /** Whether an asset, or one of its partitions, is to be materialized. */
  isRequested(asset: Asset, partitionKey?: string): boolean;
  /** The partitions of an asset that are to be materialized; none for an asset without partitions. */
  requestedPartitions(asset: Asset): string[];
  /** Which parts of an asset's condition hold. Null for an asset without one. */
  explain(asset: Asset): ConditionResult | null;
}

/**
 * Evaluates the automation conditions of assets once, at the time of an instance, which remembers the evaluation for the
 * next one. Assets that these depend on by value belong to it; nothing is materialized.
 *
 * @throws DefinitionError when what is given is no asset, check or job; TypeError without an instance, and for an option that there is
 * not; RangeError when the instance was told of partitions that the assets do not have, and by the result when it is asked about an
 * asset that was not evaluated.
 *
 * @example
 * const orders = asset("orders", () => 1);
 * const report = asset("report", { deps: [orders], automationCondition: automation.eager() }, () => 2);
 * const instance = automationInstance({ now: new Date("2024-05-01T08:00:00Z") });
 * evaluateAutomation([report], instance); // What was before the first evaluation is no news.
 * instance.advance(60);
 * instance.materialize(orders);
 * expect(evaluateAutomation([report], instance).isRequested(report)).toBe(true);
 */
export function evaluateAutomation(
  assets: readonly Asset[],
  instance: AutomationInstance,
  options: { readonly checks?: readonly AssetCheck[]; readonly jobs?: readonly Job[] } = {},
): AutomationResult {
  requireInstance(instance);
  requireOptions("evaluateAutomation", options, ["checks", "jobs"]);
  const { checks = [], jobs = [] } = options;
  const resolved = resolveDefinitions(
    definitions({ assets: listAssetsWithUpstream(assets, checks), checks, jobs }),
  );
  const known = toAutomationAssets(resolved);
  const { state } = instance;
  requireRecordedPartitions(known, state, instance.now().getTime());
  const view = viewInstance(known, state);
  const round = evaluateConditions(known, view, new Map(state.cursors), instance.now().getTime());
  const evaluations = new Map([...round].map((each) => [targetName(each.target), each]));
  for (const [name, { cursor }] of evaluations) state.cursors.set(name, cursor);
  const requests = [...evaluations.values()].filter(({ requested }) => !isEmptySubset(requested));
  const jobOf = (target: AutomationTarget): string | null => known.get(target.asset)?.job ?? null;
  const requestedOf = new Map(
    requests.flatMap(({ target, requested }) =>
      target.check === null && jobOf(target) === null
        ? listMadeTogether(known, target.asset).map((key) => [key, requested] as const)
        : [],
    ),
  );
  const requireEvaluated = (key: string): void => {
    if (!known.has(key))
      throw new RangeError(`Asset "${key}" was not evaluated: pass it to evaluateAutomation too`);
  };
  const requestedPartitions = ({ key, partitions }: Asset): string[] => {
    requireEvaluated(key);
    const requested = requestedOf.get(key);
    return requested === undefined ? [] : [...subsetKeys(partitions ?? null, requested)];
  };
  return {
    requested: [...requestedOf.keys()],
    requestedJobs: requests.flatMap(({ target }) => jobOf(target) ?? []),
    requestedChecks: requests.flatMap(({ target }) => (target.check === null ? [] : [targetName(target)])),
    isRequested(asset, partitionKey) {
      requireEvaluated(asset.key);
      if (partitionKey === undefined) return requestedOf.has(asset.key);
      if (!asset.partitions) throw new RangeError(`Asset "${asset.key}" has no partitions`);
      return requestedPartitions(asset).includes(partitionKey);
    },
    requestedPartitions,
    explain({ key }) {
      requireEvaluated(key);
      return evaluations.get(key)?.explanation ?? null;
    },
  };
}

/** @throws TypeError when it is none: the compiler says so too, but not every test is checked by it. */
function requireInstance(instance: Partial<AutomationInstance> | null | undefined): void {
  if (instance?.state !== undefined) return;
  throw new TypeError(
    "evaluateAutomation(assets, instance) needs an instance: make one with automationInstance({ now }), and keep it for the evaluations that come after",
  );
}

/** An asset, and all that its step makes with it. */
function listMadeTogether(assets: AutomationAssets, key: string): string[] {
  const set = assets.get(key)?.executionSet ?? null;
  if (set === null) return [key];
  return [...assets.values()].filter(({ executionSet }) => executionSet === set).map((each) => each.key);
}
