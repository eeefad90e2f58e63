import { ExpectedError } from "../expected-error.ts";

/** An output of a step: what an input takes its value from. */
export interface StepSource {
  readonly stepKey: string;
  readonly outputName: string;
}

/**
 * One input of a step.
 *
 * - `single`: one source. The step is skipped when the source finishes without emitting. A source that is dynamic, or
 *   that is itself copied per mapping key, makes this step a mapped one: it runs once per mapping key.
 * - `list`: several sources, fanned in. Missing values are left out; the step is skipped only when all are missing.
 * - `collect`: all values of a dynamic output, or of a mapped step. No mapping keys at all: an empty list.
 */
export interface StepInput {
  readonly name: string;
  readonly kind: "single" | "list" | "collect";
  readonly sources: readonly StepSource[];
  /** Waits and skips like any input, but no value is loaded. Default: false. */
  readonly orderOnly?: boolean;
}

/** One output of a step. */
export interface StepOutput {
  readonly name: string;
  /** A step that succeeds must have emitted its required outputs. Default: true. */
  readonly required?: boolean;
  /** Emits any number of values, each under its own mapping key. Default: false. */
  readonly dynamic?: boolean;
}

/** A step as plain data: what it waits for and what it emits. What it computes is not the graph's business. */
export interface StepDefinition {
  readonly key: string;
  readonly inputs: readonly StepInput[];
  readonly outputs: readonly StepOutput[];
  /**
   * Steps that must be over first and must not have failed, whatever they emitted: a skipped one does not skip this
   * step. This is how a blocking check holds back what is downstream of its asset.
   */
  readonly after?: readonly string[];
  /** Higher starts first. Default: 0. */
  readonly priority?: number;
  /** What tag limits count. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A step with what the graph knows about it. */
export interface GraphStep extends StepDefinition {
  /** Place in the order of execution: a step comes after everything it depends on. */
  readonly order: number;
  /** The dynamic output whose mapping keys this step is copied for; null: it runs once. */
  readonly mappedOver: StepSource | null;
}

/** Steps by key, in order of execution: by level, then by name. */
export interface StepGraph {
  readonly steps: ReadonlyMap<string, GraphStep>;
}

/** The steps do not make a graph that can run. The message names the steps. */
export class InvalidStepGraph extends ExpectedError {
  readonly code = "invalid_step_graph";
}

/** Checks steps and puts them in order. Throws `InvalidStepGraph` for unknown sources, cycles and nested mapping. */
export function createStepGraph(definitions: readonly StepDefinition[]): StepGraph {
  const byKey = new Map<string, StepDefinition>();
  for (const definition of definitions) {
    if (byKey.has(definition.key)) throw new InvalidStepGraph(`Two steps have the key "${definition.key}"`);
    byKey.set(definition.key, definition);
  }
  const steps = new Map<string, GraphStep>();
  for (const definition of inExecutionOrder(byKey)) {
    steps.set(definition.key, {
      ...definition,
      order: steps.size,
      mappedOver: findMappedOver(definition, steps),
    });
  }
  return { steps };
}

/** The keys of all steps that a step waits for, each once. */
export function upstreamStepKeys(step: StepDefinition): string[] {
  const keys = new Set<string>(step.after);
  for (const input of step.inputs) for (const source of input.sources) keys.add(source.stepKey);
  return [...keys];
}

/** Whether this output emits many values under mapping keys. */
export function isDynamic(step: StepDefinition, outputName: string): boolean {
  return step.outputs.some((output) => output.name === outputName && output.dynamic === true);
}

function inExecutionOrder(byKey: ReadonlyMap<string, StepDefinition>): StepDefinition[] {
  const downstream = new Map<string, string[]>();
  const waitingFor = new Map<string, number>();
  for (const definition of byKey.values()) {
    const upstream = upstreamStepKeys(definition);
    waitingFor.set(definition.key, upstream.length);
    for (const key of upstream) {
      if (!byKey.has(key))
        throw new InvalidStepGraph(`Step "${definition.key}" depends on "${key}", which is not a step`);
      const followers = downstream.get(key);
      if (followers) followers.push(definition.key);
      else downstream.set(key, [definition.key]);
    }
  }
  const ordered: StepDefinition[] = [];
  let level = [...byKey.keys()].filter((key) => waitingFor.get(key) === 0);
  while (level.length > 0) {
    const next: string[] = [];
    for (const key of level.sort(compareText)) {
      const definition = byKey.get(key);
      if (definition) ordered.push(definition);
      for (const follower of downstream.get(key) ?? []) {
        const left = (waitingFor.get(follower) ?? 0) - 1;
        waitingFor.set(follower, left);
        if (left === 0) next.push(follower);
      }
    }
    level = next;
  }
  if (ordered.length < byKey.size) {
    const stuck = [...byKey.keys()].filter((key) => (waitingFor.get(key) ?? 0) > 0);
    throw new InvalidStepGraph(`These steps wait for each other: ${stuck.slice(0, 10).join(", ")}`);
  }
  return ordered;
}

/** Checks a step's inputs against its sources, which are in `steps` already, and finds what it is copied for. */
function findMappedOver(
  definition: StepDefinition,
  steps: ReadonlyMap<string, GraphStep>,
): StepSource | null {
  let mappedOver: StepSource | null = null;
  for (const input of definition.inputs) {
    if (input.kind === "single" && input.sources.length !== 1)
      throw new InvalidStepGraph(
        `Input "${input.name}" of step "${definition.key}" must have exactly one source`,
      );
    for (const source of input.sources) {
      const fan = findFan(definition, input, source, steps);
      if (fan === null || input.kind === "collect") continue;
      if (mappedOver && (mappedOver.stepKey !== fan.stepKey || mappedOver.outputName !== fan.outputName))
        throw new InvalidStepGraph(
          `Step "${definition.key}" is mapped over both "${mappedOver.stepKey}" and "${fan.stepKey}": collect one of them first`,
        );
      mappedOver = fan;
    }
  }
  if (mappedOver && definition.outputs.some((output) => output.dynamic))
    throw new InvalidStepGraph(
      `Step "${definition.key}" is mapped over "${mappedOver.stepKey}", so it can not have a dynamic output itself`,
    );
  return mappedOver;
}

/** The dynamic output that a source's values are copied for, or null for an ordinary source. */
function findFan(
  definition: StepDefinition,
  input: StepInput,
  source: StepSource,
  steps: ReadonlyMap<string, GraphStep>,
): StepSource | null {
  const producer = steps.get(source.stepKey);
  if (!producer?.outputs.some((output) => output.name === source.outputName))
    throw new InvalidStepGraph(
      `Input "${input.name}" of step "${definition.key}": step "${source.stepKey}" has no output "${source.outputName}"`,
    );
  const fan = isDynamic(producer, source.outputName) ? source : producer.mappedOver;
  if (fan === null && input.kind === "collect")
    throw new InvalidStepGraph(
      `Input "${input.name}" of step "${definition.key}" collects "${source.stepKey}", which is neither dynamic nor mapped`,
    );
  return fan;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
