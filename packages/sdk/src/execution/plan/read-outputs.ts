import type { StepGraph } from "@millrace/model/steps/step-graph";
import type { PlannedStep } from "./execution-plan.ts";

/**
 * The same steps, which know what outputs of ops the steps of the graph take as values. A step that only comes after
 * another one takes none.
 */
export function markReadOutputs(
  steps: ReadonlyMap<string, PlannedStep>,
  graph: StepGraph,
): ReadonlyMap<string, PlannedStep> {
  const read = new Map<string, Set<string>>();
  for (const { inputs } of graph.steps.values()) {
    for (const { stepKey, outputName } of inputs.flatMap((input) => (input.orderOnly ? [] : input.sources))) {
      const names = read.get(stepKey) ?? new Set();
      read.set(stepKey, names.add(outputName));
    }
  }
  return new Map(
    [...steps].map(([key, step]) => {
      const names = read.get(key);
      if (!names) return [key, step];
      const outputs = step.outputs.map((output) => ({
        ...output,
        isRead: output.isRead || names.has(output.name),
      }));
      return [key, { ...step, outputs }];
    }),
  );
}
