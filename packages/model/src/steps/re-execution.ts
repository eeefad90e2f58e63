import { ExpectedError } from "../expected-error.ts";
import type { RunStatus } from "../run-status.ts";
import { upstreamStepKeys, type GraphStep, type StepGraph, type StepSource } from "./step-graph.ts";
import { allCopiesKey, copyKey, parseStepKey } from "./step-key.ts";
import type { KnownOutputs } from "./step-snapshot.ts";

/** What an earlier run says about a step that it started or skipped. `started`: its end was never reported. */
export type StepResult = "success" | "failure" | "skipped" | "started";

/** A run that is to be executed again. */
export interface EarlierRun {
  readonly status: RunStatus;
  /** The step keys it was to execute; null: all. */
  readonly selection: readonly string[] | null;
  /** By step key, copies under their own; steps that never started are absent. */
  readonly results: ReadonlyMap<string, StepResult>;
  /** What its steps emitted, and what those of the runs emitted that it re-executed itself. */
  readonly outputs: KnownOutputs;
}

/** What a re-execution executes. */
export interface ReExecution {
  /** Step keys: steps, single copies of mapped steps, and `work[?]` for all copies of one. */
  readonly steps: readonly string[];
  /**
   * Copies that never started because the earlier run ended before their turn, while their mapping keys were known.
   * They belong to the new run too: without them whoever collects the copies would miss values.
   */
  readonly unstartedCopies: readonly string[];
}

/** Only failed or canceled runs can be re-executed from failure. */
export class RunNotFailed extends ExpectedError {
  readonly code = "run_not_failed";
}

/** Every step of the run has succeeded or was skipped. */
export class NothingToRetry extends ExpectedError {
  readonly code = "nothing_to_retry";
}

/** The mapping keys of retried copies by step; `?` stands for all copies. An empty set: a step that runs once. */
type Retried = Map<string, ReadonlySet<string>>;
const ALL_COPIES = "?";

/**
 * Says which steps a re-execution from failure executes: those that failed, that never ended, that never started, and
 * everything downstream of them. What was skipped stays skipped: the step that left out its input has succeeded.
 * Of a mapped step only the copies that need it run again.
 *
 * @throws RunNotFailed | NothingToRetry
 */
export function planFromFailure(graph: StepGraph, run: EarlierRun): ReExecution {
  mustHaveFailed(run.status);
  const selection = run.selection && new Set(run.selection);
  const selected = selection && new Set([...selection].map((key) => parseStepKey(key).stepKey));
  const resultsOfCopies = groupCopies(run.results);
  const retried: Retried = new Map();
  const unstartedCopies: string[] = [];
  const withoutCopies: string[] = [];
  for (const step of graph.steps.values()) {
    if (selected && !selected.has(step.key)) continue;
    if (step.mappedOver === null) {
      if (isRetried(step, run, retried)) retried.set(step.key, new Set());
      continue;
    }
    const copies = retriedCopies(graph, step, step.mappedOver, run, resultsOfCopies, retried);
    const mappingKeys = run.outputs[step.mappedOver.stepKey]?.[step.mappedOver.outputName];
    if (copies.size > 0 && selected && !selected.has(step.mappedOver.stepKey) && mappingKeys?.length === 0)
      withoutCopies.push(allCopiesKey(step.key)); // Its keys were made in a run before and are none: nothing follows.
    else if (copies.size > 0) retried.set(step.key, copies);
    if (!copies.has(ALL_COPIES))
      unstartedCopies.push(...findUnstarted(step, mappingKeys ?? [], run, selection, copies));
  }
  if (retried.size === 0 && unstartedCopies.length === 0)
    throw new NothingToRetry("No step of the run has failed or was left out");
  const steps = [...retried].flatMap(([key, copies]) => stepKeys(key, copies));
  return { steps: [...steps, ...withoutCopies], unstartedCopies };
}

function mustHaveFailed(status: RunStatus): void {
  if (status !== "FAILURE" && status !== "CANCELED")
    throw new RunNotFailed(
      `Only a failed or canceled run can be re-executed from failure; this one is ${status}`,
    );
}

/** A step that runs once is retried unless it has succeeded, or was skipped. */
function isRetried(step: GraphStep, run: EarlierRun, retried: Retried): boolean {
  const result = run.results.get(step.key);
  if (result === "skipped") return false;
  return result !== "success" || upstreamStepKeys(step).some((key) => retried.has(key));
}

function retriedCopies(
  graph: StepGraph,
  step: GraphStep,
  mappedOver: StepSource,
  run: EarlierRun,
  resultsOfCopies: ReadonlyMap<string, ReadonlyMap<string, StepResult>>,
  retried: Retried,
): ReadonlySet<string> {
  if (retried.has(mappedOver.stepKey)) return new Set([ALL_COPIES]);
  const own = resultsOfCopies.get(step.key);
  const copies = new Set<string>();
  for (const [mappingKey, result] of own ?? [])
    if (result === "failure" || result === "started") copies.add(mappingKey);
  let sourceGotThrough = false;
  for (const key of upstreamStepKeys(step)) {
    const isSibling = graph.steps.get(key)?.mappedOver?.stepKey === mappedOver.stepKey;
    const retriedAbove = retried.get(key);
    if (retriedAbove && isSibling) for (const mappingKey of retriedAbove) copies.add(mappingKey);
    else if (retriedAbove) copies.add(ALL_COPIES);
    const results = isSibling ? [...(resultsOfCopies.get(key)?.values() ?? [])] : [];
    if (key === mappedOver.stepKey) results.push(run.results.get(key) ?? "success");
    if (results.some((result) => result === "success" || result === "skipped")) sourceGotThrough = true;
  }
  if (!own && !sourceGotThrough) copies.add(ALL_COPIES);
  return copies;
}

function findUnstarted(
  step: GraphStep,
  mappingKeys: readonly string[],
  run: EarlierRun,
  selection: ReadonlySet<string> | null,
  retried: ReadonlySet<string>,
): string[] {
  const isWhole = selection === null || selection.has(step.key) || selection.has(allCopiesKey(step.key));
  return mappingKeys
    .filter((mappingKey) => !retried.has(mappingKey))
    .map((mappingKey) => copyKey(step.key, mappingKey))
    .filter((key) => !run.results.has(key) && (isWhole || selection.has(key)));
}

function groupCopies(results: ReadonlyMap<string, StepResult>): Map<string, Map<string, StepResult>> {
  const groups = new Map<string, Map<string, StepResult>>();
  for (const [key, result] of results) {
    const { stepKey, mappingKey } = parseStepKey(key);
    if (mappingKey === null) continue;
    const group = groups.get(stepKey);
    if (group) group.set(mappingKey, result);
    else groups.set(stepKey, new Map([[mappingKey, result]]));
  }
  return groups;
}

function stepKeys(key: string, copies: ReadonlySet<string>): string[] {
  return copies.size === 0 ? [key] : [...copies].map((mappingKey) => copyKey(key, mappingKey));
}

/**
 * Says which assets and checks a re-execution from asset failure launches: those the run planned but did not produce,
 * whatever became of their steps. In the order of the plan.
 *
 * @throws RunNotFailed | NothingToRetry
 */
export function planFromAssetFailure(
  status: RunStatus,
  planned: readonly string[],
  produced: ReadonlySet<string>,
): readonly string[] {
  mustHaveFailed(status);
  const missing = planned.filter((key) => !produced.has(key));
  if (missing.length === 0) throw new NothingToRetry("The run has produced everything it planned");
  return missing;
}

/**
 * All steps downstream of the chosen ones, and these themselves: what "from this step on" executes. In graph order. Copies of
 * mapped steps follow the copies they take their values from.
 *
 * @param chosen Keys of steps, single copies (`work[x]`) or all copies (`work[?]`) of mapped ones.
 */
export function withDownstream(graph: StepGraph, chosen: Iterable<string>): string[] {
  const included = new Map<string, Set<string>>();
  for (const key of chosen) {
    const { stepKey, mappingKey } = parseStepKey(key);
    const copies = included.get(stepKey) ?? new Set();
    if (graph.steps.get(stepKey)?.mappedOver) copies.add(mappingKey ?? ALL_COPIES);
    included.set(stepKey, copies);
  }
  for (const step of graph.steps.values()) {
    for (const upstream of upstreamStepKeys(step)) {
      const above = included.get(upstream);
      if (!above) continue;
      const copies = included.get(step.key) ?? new Set();
      included.set(step.key, copies);
      if (step.mappedOver === null) continue;
      const isSibling = graph.steps.get(upstream)?.mappedOver?.stepKey === step.mappedOver.stepKey;
      for (const mappingKey of isSibling ? above : [ALL_COPIES]) copies.add(mappingKey);
    }
  }
  return [...graph.steps.keys()].flatMap((key) => {
    const copies = included.get(key);
    if (!copies) return [];
    return stepKeys(key, copies.has(ALL_COPIES) ? new Set([ALL_COPIES]) : copies);
  });
}
