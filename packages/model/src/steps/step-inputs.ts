import { findNode, hasEmitted, isCopiedWith, mappingKeysOf } from "./step-edges.ts";
import { isDynamic } from "./step-graph.ts";
import { copyKey } from "./step-key.ts";
import type { StepMachine, StepNode } from "./step-machine-state.ts";

/** Where to load one value of an input from. */
export interface ValueSource {
  readonly stepKey: string;
  readonly outputName: string;
  readonly mappingKey: string | null;
}

/** An input with the values there are: exactly one for `single`; in order and without missing ones for the others. */
export interface ResolvedInput {
  readonly name: string;
  readonly kind: "single" | "list" | "collect";
  readonly sources: readonly ValueSource[];
}

/** Says which values a step that may start loads. Inputs that only order steps are left out. */
export function resolveInputs(machine: StepMachine, stepKey: string): ResolvedInput[] {
  const node = machine.nodes.get(stepKey);
  if (!node) throw new Error(`The run has no step "${stepKey}"`);
  return node.step.inputs
    .filter((input) => !input.orderOnly)
    .map((input) => ({
      name: input.name,
      kind: input.kind,
      sources: input.sources.flatMap((source) =>
        valueSources(machine, node, input.kind, source.stepKey, source.outputName),
      ),
    }));
}

function valueSources(
  machine: StepMachine,
  node: StepNode,
  kind: ResolvedInput["kind"],
  stepKey: string,
  outputName: string,
): ValueSource[] {
  const producer = machine.graph.steps.get(stepKey);
  if (!producer) return [];
  if (isDynamic(producer, outputName)) {
    const keys = kind === "collect" ? mappingKeysOf(machine, { stepKey, outputName }) : [node.mappingKey];
    return keys.map((mappingKey) => ({ stepKey, outputName, mappingKey }));
  }
  let keys: readonly string[] = [stepKey];
  if (producer.mappedOver !== null) {
    const mappingKeys =
      node.mappingKey !== null && isCopiedWith(node.step, producer, kind)
        ? [node.mappingKey]
        : mappingKeysOf(machine, producer.mappedOver);
    keys = mappingKeys.map((mappingKey) => copyKey(stepKey, mappingKey));
  }
  return keys
    .filter((key) => hasEmitted(findNode(machine, key), outputName))
    .map((key) => ({ stepKey: key, outputName, mappingKey: null }));
}
