import type { ReadyStep } from "@millrace/model/steps/step-machine";
import { createDeployment } from "../../context/deployment.ts";
import type { Hook } from "../../hooks/hook.ts";
import { untilInterrupted } from "../scope/until-interrupted.ts";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import type { PlannedStep } from "../plan/execution-plan.ts";
import { pickResources } from "../resources/run-resources.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { createLogger } from "../scope/run-log.ts";
import { emit } from "../scope/emit.ts";

/**
 * Calls the hooks of a step that has ended, one after the other. Never rejects because of user code.
 *
 * @param ended How the step ended.
 */
export async function runHooks(
  scope: RunScope,
  hooks: readonly Hook[],
  planned: PlannedStep,
  ready: ReadyStep,
  resources: ReadonlyMap<string, unknown>,
  ended: { readonly on: "success" } | { readonly on: "failure"; readonly error: unknown },
): Promise<void> {
  const { stepKey, attempt } = ready;
  for (const hook of hooks) {
    // A canceled run is over, however far its steps came.
    if (hook.on !== ended.on || scope.signal.aborted) continue;
    const context = {
      hookName: hook.name,
      runId: scope.run.runId,
      jobName: scope.run.jobName,
      stepKey,
      attempt,
      runTags: scope.run.tags,
      assetKeys: planned.outputs.flatMap(({ asset }) => (asset === null ? [] : [asset.key])),
      partitionKey: planned.partitionKey,
      partitionKeys: planned.partitionKeys ?? [],
      deployment: createDeployment(scope.instance),
      resources: pickResources(resources, hook.resources),
      log: createLogger(scope, stepKey),
      signal: scope.signal,
      ...(ended.on === "failure" ? { error: ended.error } : {}),
    };
    try {
      await callHook(scope, hook, context);
      const message = `Hook ${hook.name} of step ${stepKey} completed`;
      emit(scope, { type: "HOOK_COMPLETED", stepKey, hookName: hook.name, message });
    } catch (error) {
      const info = toErrorInfo(error);
      const message = `Hook ${hook.name} of step ${stepKey} failed: ${info.message}`;
      emit(scope, { type: "HOOK_ERRORED", stepKey, hookName: hook.name, error: info, message });
    }
  }
}

async function callHook(scope: RunScope, hook: Hook, context: unknown): Promise<void> {
  const over = new AbortController();
  const code = Promise.resolve().then(() => (hook.run as (context: unknown) => unknown)(context));
  try {
    await Promise.race([code, untilInterrupted(scope, scope.signal, code, over.signal)]);
  } finally {
    over.abort();
  }
}
