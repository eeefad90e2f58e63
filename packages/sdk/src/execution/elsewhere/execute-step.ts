import type { RunEvent } from "@millrace/model/run-event";
import { createStepMachine, takeReady } from "@millrace/model/steps/step-machine";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import { planRun } from "../plan/plan-run.ts";
import { systemClock } from "@millrace/model/time/clock";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { limitAttempt } from "../step/limit-attempt.ts";
import { reportFailure, runAttempt, timeLimitOf } from "../step/run-attempt.ts";
import { parseRunConfigs } from "../resources/parse-run-configs.ts";
import { createRunAssets } from "../scope/run-assets.ts";
import type { RunInstance } from "../../context/run-instance.ts";
import { setUpResources, type RunResources } from "../resources/run-resources.ts";
import { createRunMemory } from "../scope/run-memory.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { StepInterrupted } from "../scope/step-failures.ts";
import type { StepMessage, StepTask } from "./step-task.ts";

/** One attempt of a step to execute in this process, and the world it runs in. */
export interface ExecuteStepOptions {
  readonly definitions: ResolvedDefinitions;
  readonly instance: RunInstance;
  readonly task: StepTask;
  /** Receives every message the moment it is due, in order. */
  readonly send: (message: StepMessage) => void;
  /** Receives the secrets that the step's config holds, in all forms that are masked, as soon as they are known. */
  readonly secrets: Set<string>;
  /** Interrupts the step. */
  readonly signal: AbortSignal;
  /** Rejects when code of the step throws where nobody catches it; otherwise it stays as it is. */
  readonly crashed: Promise<never>;
}

/**
 * Executes one attempt of one step in a process of its own: sets up the resources that the step needs, runs it, calls its
 * hooks, tears down. Whatever goes wrong is the step's failure, with a retry if its policy says so.
 */
export async function executeStep(options: ExecuteStepOptions): Promise<void> {
  const { task, send, crashed } = options;
  const scope = createScope(options);
  const plan = await planRun(scope, task);
  const machine = createStepMachine(plan.graph, {
    selection: [task.stepKey],
    knownOutputs: task.history.knownOutputs,
    ...(task.history.resume ? { resume: task.history.resume } : {}),
  });
  const [ready] = takeReady(machine, scope.clock.now());
  if (!ready) throw new Error(`Step "${task.stepKey}" is not ready, whatever its task says`);
  const controller = new AbortController();
  using _ = onAbort(scope.signal, () => controller.abort(new StepInterrupted()));

  let resources = null as RunResources | null;
  try {
    const configs = await parseRunConfigs(scope, plan);
    const { neededResources } = configs;
    await limitAttempt(scope, timeLimitOf(plan, ready), controller, async () => {
      // Resources of a step count for its time.
      const limited = { ...scope, signal: controller.signal };
      const settingUp = setUpResources(limited, neededResources, configs.resources, task.stepKey);
      resources = await Promise.race([settingUp, crashed]);
      const onOutput = (outputName: string, mappingKey: string | null): void =>
        send({ type: "output", outputName, mappingKey });
      const surroundings = { plan, machine, configs, resources: resources.values, onOutput, crashed };
      await runAttempt(scope, surroundings, ready, controller);
    });
  } catch (error) {
    reportFailure(scope, plan, ready, controller.signal.aborted ? controller.signal.reason : error);
  }
  // Before the step counts as over: what it holds may be all that the next one waits for.
  await resources?.tearDown();
  send({ type: "ended" });
}

function createScope({ definitions, instance, task, send, secrets, signal }: ExecuteStepOptions): RunScope {
  const { runId, jobName, tags, runConfig, history, traceParent = null, locationName = null } = task;
  const run = { runId, jobName, tags, runConfig, history, traceParent, locationName };
  const clock = systemClock;
  const memory = createRunMemory(history.resume);
  return {
    run,
    definitions,
    instance,
    // Whoever started the run has asked; it also gives what this process reports its data versions.
    assets: createRunAssets({
      definitions,
      instance,
      run,
      clock,
      known: task.assets,
      onUnreachable: () => {},
    }),
    memory,
    storageDirectory: task.storageDirectory,
    environment: { variables: process.env, secrets },
    clock,
    maySuspend: false,
    letTimePass: clock.sleep,
    random: Math.random,
    signal,
    interruptGraceSeconds: task.interruptGraceSeconds,
    sink: (event: RunEvent) => {
      memory.note(event);
      send({ type: "event", event });
    },
    writeOutput: (text) => void process.stdout.write(text),
  };
}
