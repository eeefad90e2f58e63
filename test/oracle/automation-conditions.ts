import type { AutomationAsset, AutomationAssets } from "@millrace/model/automation/asset-state-view";
import type { TargetEvaluation } from "@millrace/model/automation/evaluate-target";
import { serializeSubset } from "@millrace/model/partitions/serialize-subset";
import { planAutomation } from "@millrace/model/automation/automation-plan";
import type { AutomationCursor, AutomationState } from "@millrace/model/automation/cursor";
import { targetName } from "@millrace/model/automation/asset-state-view";
import { evaluateAutomation, evaluateRound } from "@millrace/model/automation/evaluate-automation";
import { parsePartitionsDefinition } from "@millrace/model/partitions/parse-definition";
import { isEmptySubset } from "@millrace/model/partitions/subset";
import { subsetKeys } from "@millrace/model/partitions/subset-keys";
import { toCondition, type VectorCondition } from "./automation-condition-tree.ts";
import { AssetHistory } from "./automation-history.ts";
import { dynamicKeysOf, toDefinition, type VectorDefinition } from "./definitions.ts";
import { toMapping, type VectorMapping } from "./partition-mappings.ts";

interface VectorAsset {
  readonly key: string;
  readonly deps?: readonly { readonly key: string; readonly mapping?: VectorMapping }[];
  readonly partitions?: VectorDefinition | null;
  readonly condition?: VectorCondition | null;
  readonly code_version?: string | null;
  readonly checks?: readonly {
    readonly name: string;
    readonly blocking?: boolean;
    readonly condition?: VectorCondition;
  }[];
  readonly external?: boolean;
}

interface VectorStep {
  readonly op: string;
  readonly seconds: number;
  readonly asset: string;
  readonly partition?: string;
  readonly data_version?: string;
  readonly run: string;
  readonly assets: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly status: "success" | "failure" | "canceled";
  readonly code_version: string | null;
  readonly condition: VectorCondition;
  readonly partitions: VectorDefinition;
  readonly name: string;
  readonly keys: readonly string[];
  readonly check: string;
  readonly passed: boolean;
}

interface AutomationCase {
  readonly start_time: string;
  readonly assets: readonly VectorAsset[];
  readonly steps: readonly VectorStep[];
}

/** Dagster asks for the same at each evaluation, which it makes twice a minute at most. */
const REPEAT_AT_ONCE = 0;

export function runCase(testCase: unknown): unknown {
  const { start_time, assets: vectors, steps } = testCase as AutomationCase;
  const assets = new Map(vectors.map((vector) => [vector.key, toAsset(vector)]));
  const history = new AssetHistory(assets, dynamicKeysOf(vectors.map((vector) => vector.partitions ?? null)));
  let cursors: ReadonlyMap<string, AutomationCursor> = new Map();
  let state: AutomationState | null = null;
  let now = Date.parse(start_time);
  const answers: unknown[] = [];
  for (const step of steps) {
    if (step.op === "advance_time") now += step.seconds * 1000;
    else if (step.op === "evaluate") {
      const evaluations = [...evaluateAutomation(assets, history.view(), cursors, now, REPEAT_AT_ONCE)];
      state = requireSameInRound(evaluations, assets, history, state, now);
      cursors = new Map([
        ...cursors,
        ...evaluations.map((each) => [targetName(each.target), each.cursor] as const),
      ]);
      answers.push(
        evaluations
          .filter((each) => !isEmptySubset(each.requested))
          .map(({ target, requested }) => {
            if (target.check !== null) return { check: targetName(target) };
            const partitions = assets.get(target.asset)?.partitions ?? null;
            return { asset: target.asset, partitions: partitions && [...subsetKeys(partitions, requested)] };
          }),
      );
    } else apply(step, assets, history, now);
  }
  return answers;
}

/** Evaluating only what may have changed must come to the same. */
function requireSameInRound(
  evaluations: readonly TargetEvaluation[],
  assets: AutomationAssets,
  history: AssetHistory,
  state: AutomationState | null,
  now: number,
): AutomationState {
  const requests = (all: readonly TargetEvaluation[]): string =>
    JSON.stringify(
      all
        .filter(({ requested }) => !isEmptySubset(requested))
        .map(({ target, requested }) => [targetName(target), serializeSubset(requested)]),
    );
  const inRound: TargetEvaluation[] = [];
  const next = evaluateRound(
    planAutomation(assets),
    history.view(),
    state,
    now,
    (each) => void inRound.push(each),
    REPEAT_AT_ONCE,
  );
  if (requests(inRound) !== requests(evaluations))
    throw new Error(`The round requests ${requests(inRound)}, a full evaluation ${requests(evaluations)}`);
  return next;
}

function apply(
  step: VectorStep,
  assets: Map<string, AutomationAsset>,
  history: AssetHistory,
  now: number,
): void {
  const change = (changes: Partial<AutomationAsset>): void => {
    const asset = assets.get(step.asset);
    if (asset) assets.set(step.asset, { ...asset, ...changes });
  };
  const partition = step.partition ?? null;
  switch (step.op) {
    case "run":
      history.startRun("run", step.assets, partition, step.tags ?? {});
      for (const asset of step.assets) history.materialize(asset, partition, now, { run: "run" });
      return history.finishRun("run", "success", now);
    case "start_run":
      return history.startRun(step.run, step.assets, partition, step.tags ?? {});
    case "materialize_in_run":
      return history.materialize(step.asset, partition, now, { run: step.run });
    case "finish_run":
      return history.finishRun(step.run, step.status, now);
    case "report_materialization":
      return history.materialize(step.asset, partition, now, { dataVersion: step.data_version });
    case "wipe":
      return history.wipe(step.asset, now);
    case "check_result":
      return history.reportCheck(step.asset, step.check, step.passed, now);
    case "add_dynamic_partitions":
      return history.addDynamicKeys(step.name, step.keys);
    case "set_code_version":
      return change({ codeVersion: step.code_version });
    case "set_condition":
      return change({ condition: toCondition(step.condition) });
    case "set_partitions":
      return change({ partitions: parsePartitionsDefinition(toDefinition(step.partitions)) });
    default:
      throw new Error(`Unknown step ${step.op}`);
  }
}

function toAsset(vector: VectorAsset): AutomationAsset {
  return {
    key: vector.key,
    partitions: vector.partitions ? parsePartitionsDefinition(toDefinition(vector.partitions)) : null,
    dependencies: (vector.deps ?? []).map(({ key, mapping }) => ({
      key,
      ...(mapping ? { mapping: toMapping(mapping) } : {}),
    })),
    condition: vector.condition ? toCondition(vector.condition) : null,
    codeVersion: vector.code_version ?? null,
    checks: (vector.checks ?? []).map(({ name, blocking = false, condition }) => ({
      name,
      isBlocking: blocking,
      condition: condition ? toCondition(condition) : null,
    })),
    isExternal: vector.external ?? false,
    codeLocation: "main",
    job: null,
    executionSet: null,
    group: "default",
    tags: {},
    kinds: [],
    owners: [],
    isVirtual: false,
    freshnessPolicy: null,
  };
}
