import { planFromFailure, type EarlierRun, type StepResult } from "@millrace/model/steps/re-execution";
import { createStepGraph, type StepDefinition, type StepGraph } from "@millrace/model/steps/step-graph";
import {
  createStepMachine,
  hasFailed,
  isDone,
  listStepStates,
  onFailed,
  onOutput,
  onSucceeded,
  takeReady,
} from "@millrace/model/steps/step-machine";
import type { StepMachine } from "@millrace/model/steps/step-machine-state";
import { collectOutputs, type KnownOutputs } from "@millrace/model/steps/step-snapshot";

interface VectorStep {
  readonly key: string;
  readonly deps: readonly string[];
  readonly dynamic_keys?: readonly string[];
  readonly mapped_over?: string;
  readonly collects?: string;
}
type Outcomes = Readonly<Record<string, "failure" | "no_output" | "crash">>;
interface ReExecutionCase {
  readonly steps: readonly VectorStep[];
  readonly outcomes: readonly Outcomes[];
}

/** Run 0 runs everything, each later run re-executes the one before it from failure. */
export function runCase(testCase: unknown): unknown {
  const vector = testCase as ReExecutionCase;
  const graph = createStepGraph(vector.steps.map(toDefinition));
  let selection: readonly string[] | null = null;
  let outputs: KnownOutputs = {};
  return vector.outcomes.map((outcomes) => {
    const machine = createStepMachine(graph, {
      maxConcurrent: 1,
      knownOutputs: outputs,
      ...(selection && { selection }),
    });
    const crashed = !run(machine, vector.steps, outcomes);
    const failed = crashed || hasFailed(machine);
    const results = resultsOf(machine);
    outputs = { ...outputs, ...collectOutputs(machine) };
    const earlier: EarlierRun = { status: failed ? "FAILURE" : "SUCCESS", selection, results, outputs };
    const plan = planOrError(graph, earlier);
    if ("steps" in plan) selection = plan.selection;
    return {
      run_status: failed ? "failure" : "success",
      step_results: Object.fromEntries(results),
      from_failure: "steps" in plan ? { steps: plan.steps } : plan,
    };
  });
}

/** Executes the steps in this process; false when one of them took the process with it. */
function run(machine: StepMachine, steps: readonly VectorStep[], outcomes: Outcomes): boolean {
  while (!isDone(machine)) {
    const [next] = takeReady(machine, 0);
    if (!next) throw new Error("steps are left, but none can start");
    switch (outcomes[next.stepKey]) {
      case "crash":
        return false;
      case "failure":
        onFailed(machine, next.stepKey, null);
        break;
      case "no_output":
        onSucceeded(machine, next.stepKey);
        break;
      case undefined: {
        const mappingKeys = steps.find((step) => step.key === next.graphKey)?.dynamic_keys ?? [null];
        for (const mappingKey of mappingKeys) onOutput(machine, next.stepKey, "result", mappingKey);
        onSucceeded(machine, next.stepKey);
      }
    }
  }
  return true;
}

function resultsOf(machine: StepMachine): Map<string, StepResult> {
  const results = new Map<string, StepResult>();
  for (const { stepKey, state } of listStepStates(machine)) {
    if (stepKey.endsWith("[?]")) continue; // The reference has no result for copies that never came to exist.
    if (state === "success" || state === "failure" || state === "skipped") results.set(stepKey, state);
    else if (state === "running") results.set(stepKey, "started");
  }
  return results;
}

/**
 * The reference forgets copies that had not started when the process died; ours runs them too, but names them apart from
 * the steps that are compared.
 */
function planOrError(
  graph: StepGraph,
  earlier: EarlierRun,
): { readonly steps: readonly string[]; readonly selection: readonly string[] } | { readonly error: string } {
  try {
    const { steps, unstartedCopies } = planFromFailure(graph, earlier);
    return { steps, selection: [...steps, ...unstartedCopies] };
  } catch (error) {
    return { error: String(error) };
  }
}

function toDefinition(step: VectorStep): StepDefinition {
  return {
    key: step.key,
    inputs: step.deps.map((stepKey) => ({
      name: stepKey,
      kind: step.collects === stepKey ? "collect" : "single",
      sources: [{ stepKey, outputName: "result" }],
    })),
    outputs: [{ name: "result", required: false, dynamic: step.dynamic_keys !== undefined }],
  };
}
