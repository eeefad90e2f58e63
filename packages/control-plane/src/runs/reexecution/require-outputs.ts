import { upstreamStepKeys, type GraphStep, type StepGraph } from "@millrace/model/steps/step-graph";
import { allCopiesKey, copyKey, parseStepKey } from "@millrace/model/steps/step-key";
import type { KnownOutputs } from "@millrace/model/steps/step-snapshot";
import type { JobStep } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { RunNotReexecutable } from "../run-errors.ts";

/**
 * Checks that whatever the chosen steps take from other ops was emitted before. The values of assets are not asked for: they may
 * come from any run.
 *
 * @param steps The steps of the run.
 * @param outputs What the run and those before it emitted, by step key.
 * @throws RunNotReexecutable
 */
export function requireOutputs(
  steps: readonly JobStep[],
  graph: StepGraph,
  outputs: KnownOutputs,
  chosen: readonly string[],
  runId: string,
): void {
  const ops = new Set(steps.filter(({ kind }) => kind === "op").map(({ key }) => key));
  const chosenKeys = new Set(chosen);
  for (const key of chosen) {
    const { stepKey, mappingKey } = parseStepKey(key);
    const step = graph.steps.get(stepKey);
    if (step === undefined) continue;
    for (const upstream of upstreamStepKeys(step)) {
      if (!ops.has(upstream)) continue;
      for (const needed of listNeeded(graph, step, mappingKey, upstream, outputs, chosenKeys)) {
        if (chosenKeys.has(needed) || outputs[needed] !== undefined) continue;
        throw new RunNotReexecutable(
          "outputs_missing",
          `Step "${key}" needs what step "${needed}" emits, but run ${runId} and those before it have nothing of it: ` +
            `select "${needed}" too`,
        );
      }
    }
  }
}

/** Keys of the steps and copies that a step, or a copy of it, takes something from. */
function listNeeded(
  graph: StepGraph,
  step: GraphStep,
  mappingKey: string | null,
  upstreamKey: string,
  outputs: KnownOutputs,
  chosen: ReadonlySet<string>,
): readonly string[] {
  const fan = graph.steps.get(upstreamKey)?.mappedOver ?? null;
  if (fan === null) return [upstreamKey];
  // With mapping keys that are made anew, the copies of before are of no use.
  if (chosen.has(allCopiesKey(upstreamKey)) || chosen.has(fan.stepKey)) return [allCopiesKey(upstreamKey)];
  const isSibling = step.mappedOver?.stepKey === fan.stepKey;
  if (isSibling && mappingKey !== null && mappingKey !== "?") return [copyKey(upstreamKey, mappingKey)];
  const mappingKeys = outputs[fan.stepKey]?.[fan.outputName];
  return mappingKeys ? mappingKeys.map((copy) => copyKey(upstreamKey, copy)) : [fan.stepKey];
}
