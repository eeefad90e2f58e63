import { formatDuration } from "@millrace/model/time/format-duration";
import { resolveInputs } from "@millrace/model/steps/step-inputs";
import { missingOutputs, onOutput, type ReadyStep } from "@millrace/model/steps/step-machine";
import type { StepMachine } from "@millrace/model/steps/step-machine-state";
import type { MetadataRecord } from "../../metadata/metadata.ts";
import type { PlannedStep } from "../plan/execution-plan.ts";
import { callStep } from "./call-step.ts";
import { createStepWaits, type Suspension } from "./step-waits.ts";
import { forEachPartition } from "../scope/for-each-partition.ts";
import { reportStep, type OnOutput } from "../results/report-step.ts";
import type { RunConfigs } from "../scope/run-configs.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { createLogger } from "../scope/run-log.ts";
import type { StepScope } from "../scope/step-scope.ts";
import { emit } from "../scope/emit.ts";
import { BlockingCheckFailed, InvalidStepResult, madeBefore } from "../scope/step-failures.ts";
import { unlessInterrupted } from "../scope/until-interrupted.ts";
import { loadInputs } from "../values/step-values.ts";

/** What the code of a step works with, in whatever process. */
export interface StepSurroundings {
  readonly machine: StepMachine;
  readonly configs: RunConfigs;
  /** Values of resources by name. */
  readonly resources: ReadonlyMap<string, unknown>;
  /** Told of every output once it is stored. */
  readonly onOutput?: OnOutput;
}

/**
 * Runs one attempt of a step: loads its inputs, calls its code, stores and reports what it returned. All of that counts for
 * its time limit, and ends when the run is interrupted, also where an IO manager waits for ever; what it says after that is
 * not heard.
 *
 * @param controller Aborted by whoever interrupts the run, and when the step's time is over.
 * @returns null when it has succeeded; what it waits for when its code has given up its place.
 * @throws What made the attempt fail.
 */
export async function runStep(
  scope: RunScope,
  surroundings: StepSurroundings,
  planned: PlannedStep,
  ready: ReadyStep,
  controller: AbortController,
): Promise<Suspension | null> {
  const over = new AbortController();
  const heard: RunScope = { ...scope, sink: (event) => void (over.signal.aborted || scope.sink(event)) };
  const onOutput: OnOutput = (outputName, mappingKey) => {
    if (!over.signal.aborted) surroundings.onOutput?.(outputName, mappingKey);
  };
  const closing: (() => unknown)[] = [];
  const { signal } = controller;
  // A step that makes one partition after the other would make the earlier ones again.
  const waits = createStepWaits(scope, ready.stepKey, signal, planned.calls === null);
  try {
    return await unlessInterrupted(scope, signal, () => {
      const own = {
        log: createLogger(scope, ready.stepKey),
        signal,
        lasting: scope,
        waiting: waits.methods,
        atEnd: (close: () => unknown) => void closing.push(close),
        over: over.signal,
      };
      const attempt = attemptStep(heard, { ...surroundings, onOutput }, planned, ready, own);
      return Promise.race([attempt.then(() => null), waits.suspended]);
    });
  } finally {
    over.abort();
    const closed = Promise.allSettled(closing.map(async (close) => close()));
    // What does not answer is not waited for once more.
    if (!controller.signal.aborted) await closed;
  }
}

async function attemptStep(
  scope: RunScope,
  { machine, configs, resources, onOutput: alsoTell }: StepSurroundings,
  planned: PlannedStep,
  ready: ReadyStep,
  {
    over,
    ...own
  }: Pick<StepScope, "log" | "signal" | "lasting" | "waiting" | "atEnd"> & { readonly over: AbortSignal },
): Promise<void> {
  const { stepKey: key, attempt } = ready;
  const startedAt = scope.clock.monotonic();
  reportStart(scope, ready);
  const common = {
    key,
    mappingKey: ready.mappingKey,
    attempt,
    configs,
    resources,
    ...own,
  };
  // Known before the inputs are loaded: data that is newer than its version looks stale, never fresh.
  await scope.assets.untilKnown(planned);
  const inputs = new Map(resolveInputs(machine, key).map((input) => [input.name, input]));
  const tell: OnOutput = (outputName, mappingKey) => {
    if (over.aborted) return;
    onOutput(machine, key, outputName, mappingKey);
    alsoTell?.(outputName, mappingKey);
  };
  const inEveryPartition = new Set<string>();
  const isSingle = planned.partitionKeys === null || planned.partitionKeys.length === 1;
  await forEachPartition(planned.calls ?? [planned], async (call) => {
    // Between two partitions nothing of the author's runs that could notice.
    if (!isSingle) own.signal.throwIfAborted();
    const step = { ...common, planned: call, addedMetadata: new Map<string, MetadataRecord>() };
    const values = await loadInputs(scope, step, inputs);
    const report = (returned: unknown): Promise<void> =>
      reportStep(scope, step, returned, isSingle ? tell : (outputName) => inEveryPartition.add(outputName));
    await report(await callStep(scope, step, values).catch((error: unknown) => failAfter(error, report)));
  });
  // An output of several partitions is there once all of them are.
  for (const outputName of inEveryPartition) tell(outputName, null);
  const missing = missingOutputs(machine, key);
  if (missing.length > 0)
    throw new InvalidStepResult(`Step "${key}" did not return its outputs: ${missing.join(", ")}`);
  const durationMs = scope.clock.monotonic() - startedAt;
  emit(scope, {
    type: "STEP_SUCCESS",
    stepKey: key,
    durationMs,
    message: `Step ${key} succeeded after ${formatDuration(durationMs)}`,
  });
}

/** Reports what a step made before it failed, and fails with its error, whatever the checks of that say. */
async function failAfter(error: unknown, report: (made: unknown) => Promise<void>): Promise<never> {
  const made = madeBefore(error);
  if (made === undefined) throw error;
  try {
    await report(made);
  } catch (reportError) {
    if (!(reportError instanceof BlockingCheckFailed)) throw reportError;
  }
  throw error;
}

function reportStart(scope: RunScope, { stepKey, attempt, goesOn }: ReadyStep): void {
  if (goesOn)
    return emit(scope, { type: "STEP_RESUMED", stepKey, attempt, message: `Step ${stepKey} goes on` });
  if (attempt === 1)
    return emit(scope, { type: "STEP_START", stepKey, attempt, message: `Started step ${stepKey}` });
  const message = `Started step ${stepKey} again, attempt ${attempt}`;
  emit(scope, { type: "STEP_RESTARTED", stepKey, attempt, message });
}
