import { resolveInputs } from "@millrace/model/steps/step-inputs";
import { missingOutputs, onOutput, type ReadyStep } from "@millrace/model/steps/step-machine";
import type { StepMachine } from "@millrace/model/steps/step-machine-state";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { PlannedStep } from "./execution-plan.ts";
import { callStep } from "./call-step.ts";
import { reportStep } from "./report-step.ts";
import type { RunConfigs } from "./run-configs.ts";
import { createLogger, emit, type RunScope } from "./run-scope.ts";
import { InvalidStepResult } from "./step-failures.ts";
import { loadInputs } from "./step-values.ts";

/**
 * Runs one attempt of a step: loads its inputs, calls its code, stores and reports what it returned.
 *
 * @param controller Aborted by whoever interrupts the run, and here when the step's time is over.
 * @throws What made the attempt fail.
 */
export async function runStep(
  scope: RunScope,
  machine: StepMachine,
  planned: PlannedStep,
  ready: ReadyStep,
  configs: RunConfigs,
  resources: ReadonlyMap<string, unknown>,
  controller: AbortController,
): Promise<void> {
  const { stepKey: key, attempt } = ready;
  const startedAt = scope.clock.now();
  if (attempt === 1)
    emit(scope, { type: "STEP_START", stepKey: key, attempt, message: `Started step ${key}` });
  else
    emit(scope, {
      type: "STEP_RESTARTED",
      stepKey: key,
      attempt,
      message: `Started step ${key} again, attempt ${attempt}`,
    });
  const step = {
    planned,
    key,
    mappingKey: ready.mappingKey,
    attempt,
    configs,
    resources,
    log: createLogger(scope, key),
    signal: controller.signal,
    addedMetadata: new Map<string, MetadataRecord>(),
  };
  const inputs = new Map(resolveInputs(machine, key).map((input) => [input.name, input]));
  const values = await loadInputs(scope, step, inputs);
  const returned = await callStep(scope, step, values, controller);
  await reportStep(scope, step, returned, (outputName, mappingKey) =>
    onOutput(machine, key, outputName, mappingKey),
  );
  const missing = missingOutputs(machine, key);
  if (missing.length > 0)
    throw new InvalidStepResult(`Step "${key}" did not return its outputs: ${missing.join(", ")}`);
  const durationMs = scope.clock.now() - startedAt;
  emit(scope, {
    type: "STEP_SUCCESS",
    stepKey: key,
    durationMs,
    message: `Step ${key} succeeded after ${Math.round(durationMs)} ms`,
  });
}
