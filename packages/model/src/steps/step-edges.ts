import { ExpectedError } from "../expected-error.ts";
import { isDynamic, type GraphStep, type StepInput, type StepSource } from "./step-graph.ts";
import { allCopiesKey, copyKey } from "./step-key.ts";
import type { EdgeGroup, StepEdge, StepMachine, StepNode, StepNodeState } from "./step-machine-state.ts";

/** A run continues with mapped steps of an earlier run, but which mapping keys there were is not known. */
export class UnknownMappingKeys extends ExpectedError {
  readonly code = "unknown_mapping_keys";
}

/** Consequences that are still to be drawn: steps that became skipped or abandoned. */
type Cascade = { readonly node: StepNode; readonly state: "skipped" | "abandoned" }[];

/** Ends a step and draws every consequence for the steps that wait for it. Takes time for each waiting step once. */
export function settleStep(machine: StepMachine, node: StepNode, state: "success" | "failure"): void {
  const cascade: Cascade = [];
  applyEnd(machine, node, state, cascade);
  drawConsequences(machine, cascade);
}

/** Adds a step, or a copy of one, and connects it to what it waits for. What that is must have been added before. */
export function addStep(
  machine: StepMachine,
  step: GraphStep,
  mappingKey: string | null,
  copyIndex: number,
): void {
  const cascade: Cascade = [];
  addLinkedNode(machine, step, mappingKey, copyIndex, cascade);
  drawConsequences(machine, cascade);
}

/** Adds a mapped step: its copies follow when the step that emits their mapping keys has succeeded, or at once. */
export function addMappedStep(machine: StepMachine, step: GraphStep, mappedOver: StepSource): StepNode {
  const node = createNode(machine, step, allCopiesKey(step.key), null, 0, false);
  machine.unfinished++;
  machine.nodes.set(node.key, node);
  if (!machine.nodes.has(mappedOver.stepKey)) {
    const cascade: Cascade = [];
    expand(machine, node, cascade);
    drawConsequences(machine, cascade);
  }
  return node;
}

/** Decides the edges that wait for an output which has just been emitted, while its step still runs. */
export function releaseOutput(machine: StepMachine, node: StepNode, outputName: string): void {
  const cascade: Cascade = [];
  const released = node.edges.filter((edge) => edge.outputName === outputName);
  node.edges = node.edges.filter((edge) => edge.outputName !== outputName);
  for (const edge of released) decide(machine, edge.group, "available", cascade);
  drawConsequences(machine, cascade);
}

/**
 * The mapping keys under which a dynamic output was emitted, in order; none before its step has succeeded. When the step
 * ran in an earlier run of which nothing is known, the keys of the single copies that were chosen.
 */
export function mappingKeysOf(machine: StepMachine, fan: StepSource): readonly string[] {
  const node = findNode(machine, fan.stepKey);
  if (node.outputs !== null) return [...(node.outputs.get(fan.outputName) ?? [])];
  const keys = new Set<string>();
  for (const step of machine.graph.steps.values()) {
    if (!isSameSource(step.mappedOver, fan)) continue;
    for (const key of machine.chosenCopies.get(step.key) ?? []) keys.add(key);
  }
  if (keys.size > 0) return [...keys];
  throw new UnknownMappingKeys(
    `The mapping keys of step "${fan.stepKey}", which is not part of this run, are needed but not known`,
  );
}

/** A step of the run, or one that only exists through its outputs from an earlier run. */
export function findNode(machine: StepMachine, key: string): StepNode {
  return machine.nodes.get(key) ?? machine.externalNodes.get(key) ?? addExternalNode(machine, key);
}

/** Whether a step that is over has emitted an output. */
export function hasEmitted(node: StepNode, outputName: string): boolean {
  return node.outputs === null || node.outputs.has(outputName);
}

/** For an input of a copy: whether the source gives each copy its own value. */
export function isCopiedWith(consumer: GraphStep, producer: GraphStep, kind: StepInput["kind"]): boolean {
  return (
    kind !== "collect" &&
    consumer.mappedOver !== null &&
    isSameSource(producer.mappedOver, consumer.mappedOver)
  );
}

function drawConsequences(machine: StepMachine, cascade: Cascade): void {
  // Consequences of consequences are added to the list while it is walked; no recursion, however deep the graph.
  for (const { node, state } of cascade) {
    if (node.state !== "pending") continue;
    machine.changes.push({ stepKey: node.key, state });
    applyEnd(machine, node, state, cascade);
  }
}

function applyEnd(machine: StepMachine, node: StepNode, state: StepNodeState, cascade: Cascade): void {
  node.state = state;
  machine.unfinished--;
  if (state === "failure" || state === "abandoned") machine.failed = true;
  const edges = node.edges;
  node.edges = [];
  for (const edge of edges) decide(machine, edge.group, verdict(node, edge), cascade);
  for (const mapped of machine.mappedSteps.get(node.key) ?? []) {
    if (state === "success") expand(machine, mapped, cascade);
    else cascade.push({ node: mapped, state: state === "skipped" ? "skipped" : "abandoned" });
  }
}

/** Puts the copies of a mapped step in its place. */
function expand(machine: StepMachine, mapped: StepNode, cascade: Cascade): void {
  const { step } = mapped;
  if (step.mappedOver === null || mapped.state !== "pending") return;
  mapped.state = "expanded";
  machine.unfinished--;
  const keys = mappingKeysOf(machine, step.mappedOver);
  const chosen = machine.chosenCopies.get(step.key);
  for (const [index, key] of keys.entries())
    if (!chosen || chosen.has(key)) addLinkedNode(machine, step, key, index, cascade);
  const edges = mapped.edges;
  mapped.edges = [];
  for (const { group, outputName } of edges) {
    for (const key of keys)
      attach(machine, group, findNode(machine, copyKey(step.key, key)), outputName, cascade);
    decide(machine, group, "neutral", cascade);
  }
}

function addLinkedNode(
  machine: StepMachine,
  step: GraphStep,
  mappingKey: string | null,
  copyIndex: number,
  cascade: Cascade,
): void {
  const key = mappingKey === null ? step.key : copyKey(step.key, mappingKey);
  const node = createNode(machine, step, key, mappingKey, copyIndex, false);
  machine.unfinished++;
  machine.nodes.set(key, node);
  // While sources are attached, the node and each group hold one count of their own, so that nothing is decided early.
  node.waitingFor = 1;
  for (const input of step.inputs) {
    const group = createGroup(node, true);
    for (const source of input.sources)
      attachSource(machine, group, source.stepKey, source.outputName, input.kind, cascade);
    decide(machine, group, "neutral", cascade);
  }
  if (step.after && step.after.length > 0) {
    const group = createGroup(node, false);
    for (const stepKey of step.after) attachSource(machine, group, stepKey, null, "single", cascade);
    decide(machine, group, "neutral", cascade);
  }
  if (--node.waitingFor === 0) makeReady(machine, node);
}

function attachSource(
  machine: StepMachine,
  group: EdgeGroup,
  stepKey: string,
  outputName: string | null,
  kind: StepInput["kind"],
  cascade: Cascade,
): void {
  const { consumer } = group;
  const producer = getStep(machine, stepKey);
  if (producer.mappedOver === null) {
    const node = findNode(machine, stepKey);
    if (kind === "collect" && node.external && outputName !== null)
      mappingKeysOf(machine, { stepKey, outputName }); // Fails now rather than when the step runs.
    attach(machine, group, node, outputName, cascade);
  } else if (consumer.mappingKey !== null && isCopiedWith(consumer.step, producer, kind)) {
    attach(machine, group, findNode(machine, copyKey(stepKey, consumer.mappingKey)), outputName, cascade);
  } else {
    const mapped = machine.nodes.get(allCopiesKey(stepKey));
    if (mapped && mapped.state !== "expanded") return attach(machine, group, mapped, outputName, cascade);
    if (!mapped && machine.nodes.has(producer.mappedOver.stepKey))
      throw new UnknownMappingKeys(
        `Step "${consumer.key}" needs the copies of "${stepKey}": select that step too, as its mapping keys are made anew`,
      );
    for (const key of mappingKeysOf(machine, producer.mappedOver))
      attach(machine, group, findNode(machine, copyKey(stepKey, key)), outputName, cascade);
  }
}

function attach(
  machine: StepMachine,
  group: EdgeGroup,
  producer: StepNode,
  outputName: string | null,
  cascade: Cascade,
): void {
  const edge: StepEdge = { group, outputName };
  group.remaining++;
  if (isOver(producer.state)) decide(machine, group, verdict(producer, edge), cascade);
  else if (machine.startOnOutputs && outputName !== null && producer.outputs?.has(outputName))
    decide(machine, group, "available", cascade);
  else producer.edges.push(edge);
}

type Verdict = "available" | "missing" | "neutral" | "failed";

/** What the end of a step means for one that waits for it. */
function verdict(producer: StepNode, edge: StepEdge): Verdict {
  if (producer.state === "failure" || producer.state === "abandoned") return "failed";
  if (edge.outputName === null) return "available";
  if (producer.state === "skipped") return "missing";
  if (hasEmitted(producer, edge.outputName)) return "available";
  // A dynamic output without any mapping key is an empty list for who collects it, not a missing value.
  return isDynamic(producer.step, edge.outputName) ? "neutral" : "missing";
}

function decide(machine: StepMachine, group: EdgeGroup, verdict: Verdict, cascade: Cascade): void {
  const { consumer } = group;
  if (consumer.state !== "pending") return;
  if (verdict === "failed") {
    cascade.push({ node: consumer, state: "abandoned" });
    return;
  }
  if (verdict === "available") group.available++;
  else if (verdict === "missing") group.missing++;
  if (--group.remaining > 0) return;
  if (group.skipsWhenMissing && group.missing > 0 && group.available === 0)
    cascade.push({ node: consumer, state: "skipped" });
  else if (--consumer.waitingFor === 0) makeReady(machine, consumer);
}

function makeReady(machine: StepMachine, node: StepNode): void {
  node.state = "ready";
  machine.ready.push(node);
}

function isOver(state: StepNodeState): boolean {
  return state === "success" || state === "failure" || state === "skipped" || state === "abandoned";
}

function createGroup(consumer: StepNode, skipsWhenMissing: boolean): EdgeGroup {
  consumer.waitingFor++;
  return { consumer, skipsWhenMissing, remaining: 1, available: 0, missing: 0 };
}

function createNode(
  machine: StepMachine,
  step: GraphStep,
  key: string,
  mappingKey: string | null,
  copyIndex: number,
  external: boolean,
): StepNode {
  return {
    key,
    step,
    mappingKey,
    copyIndex,
    priority: step.priority ?? 0,
    tags: step.tags ?? {},
    external,
    state: "pending",
    attempts: 0,
    dueAt: 0,
    goesOn: false,
    held: false,
    waitingFor: 0,
    outputs: external ? (machine.known.get(key) ?? null) : new Map(),
    edges: [],
  };
}

function addExternalNode(machine: StepMachine, key: string): StepNode {
  const step = machine.graph.steps.get(key) ?? machine.graph.steps.get(key.slice(0, key.indexOf("[")));
  if (!step) throw new Error(`Step "${key}" is not in the graph`);
  const node = createNode(machine, step, key, null, 0, true);
  node.state = "success";
  machine.externalNodes.set(key, node);
  return node;
}

function getStep(machine: StepMachine, key: string): GraphStep {
  const step = machine.graph.steps.get(key);
  if (!step) throw new Error(`Step "${key}" is not in the graph`);
  return step;
}

function isSameSource(a: StepSource | null, b: StepSource): boolean {
  return a !== null && a.stepKey === b.stepKey && a.outputName === b.outputName;
}
