import { findNode, isCopiedWith, mappingKeysOf } from "./step-edges.ts";
import { isDynamic, type StepInput, type StepSource } from "./step-graph.ts";
import { copyKey } from "./step-key.ts";
import type { StepMachine, StepNode } from "./step-machine-state.ts";
import { outputsToJson, type KnownOutputs, type StepOutputs } from "./step-snapshot.ts";

/**
 * What a ready step has to know of the steps that it takes its values from, to run apart from this machine: the
 * `knownOutputs` of one that has only this step. A copy of a mapped step is told of its own mapping key alone.
 */
export function upstreamOutputs(machine: StepMachine, stepKey: string): KnownOutputs {
  const node = machine.nodes.get(stepKey);
  if (!node) throw new Error(`The run has no step "${stepKey}"`);
  const known: Record<string, StepOutputs> = {};
  const add = ({ key, outputs }: StepNode): void => {
    // Of an external step of which nothing is known, nothing can be said.
    if (outputs !== null) known[key] ??= outputsToJson(outputs);
  };
  for (const input of node.step.inputs)
    for (const source of input.sources)
      for (const producer of listProducers(machine, node, input, source)) add(producer);
  const { mappedOver } = node.step;
  if (mappedOver === null || node.mappingKey === null) return known;
  const own: StepOutputs = { [mappedOver.outputName]: [node.mappingKey] };
  return { ...known, [mappedOver.stepKey]: { ...known[mappedOver.stepKey], ...own } };
}

/** The steps and copies of steps that give an input its values. */
function listProducers(
  machine: StepMachine,
  node: StepNode,
  input: StepInput,
  source: StepSource,
): StepNode[] {
  const producer = machine.graph.steps.get(source.stepKey);
  if (!producer) return [];
  if (node.mappingKey !== null && isCopiedWith(node.step, producer, input.kind))
    return [findNode(machine, copyKey(source.stepKey, node.mappingKey))];
  // A copy's own key of a dynamic output is told apart from all the others, which it has no use for.
  if (isDynamic(producer, source.outputName))
    return input.kind === "collect" ? [findNode(machine, source.stepKey)] : [];
  if (producer.mappedOver === null) return [findNode(machine, source.stepKey)];
  const copies = mappingKeysOf(machine, producer.mappedOver).map((key) =>
    findNode(machine, copyKey(source.stepKey, key)),
  );
  return [findNode(machine, producer.mappedOver.stepKey), ...copies];
}
