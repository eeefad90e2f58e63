import type { Metadata } from "@millrace/model/metadata";
import { explainInvalidName } from "@millrace/model/names";
import { isAssetResult, type MaterializeResult, type ObserveResult } from "../assets/asset-result.ts";
import type { CheckResult } from "../checks/check-result.ts";
import { toMetadata } from "../metadata/to-metadata.ts";
import type { PlannedCheck, PlannedOutput } from "./execution-plan.ts";
import { emit, type RunScope } from "./run-scope.ts";
import { BlockingCheckFailed, InvalidStepResult } from "./step-failures.ts";
import type { StepScope } from "./step-scope.ts";
import { storeOutput } from "./step-values.ts";

/** What user code says about checks of one asset, by name. */
type CheckResults = Readonly<Record<string, unknown>>;
/** Tells the state machine of the run that an output is there. */
type OnOutput = (outputName: string, mappingKey: string | null) => void;

/**
 * Reads what the code of a step returned: stores its outputs and reports materializations, observations and checks.
 *
 * @throws InvalidStepResult when it does not fit the step's definition.
 * @throws BlockingCheckFailed after everything was stored and reported.
 */
export async function reportStep(
  scope: RunScope,
  step: StepScope,
  returned: unknown,
  onOutput: OnOutput,
): Promise<void> {
  switch (step.planned.kind) {
    case "op":
      return reportOp(scope, step, returned, onOutput);
    case "check":
      return reportChecks(scope, step, step.planned.checks, {
        [step.planned.checks[0]?.name ?? ""]: returned,
      });
    case "observation":
      return reportObservation(scope, step, returned, onOutput);
    case "asset":
      return reportAssets(scope, step, returned, onOutput);
  }
}

async function reportOp(
  scope: RunScope,
  step: StepScope,
  returned: unknown,
  onOutput: OnOutput,
): Promise<void> {
  const { outputs } = step.planned;
  const [only] = outputs;
  if (outputs.length === 1 && only?.name === "result")
    return emitOpOutput(scope, step, only, returned, onOutput);
  const values = requireRecord(step, returned, outputs);
  for (const output of outputs) {
    if (values[output.name] !== undefined)
      await emitOpOutput(scope, step, output, values[output.name], onOutput);
  }
}

async function emitOpOutput(
  scope: RunScope,
  step: StepScope,
  output: PlannedOutput,
  value: unknown,
  onOutput: OnOutput,
): Promise<void> {
  if (!output.dynamic) {
    await emitOutput(scope, step, output, null, value, onOutput);
    return;
  }
  if (
    typeof value !== "object" ||
    value === null ||
    !(Symbol.iterator in value || Symbol.asyncIterator in value)
  ) {
    throw new InvalidStepResult(
      `Output "${output.name}" of step "${step.key}" is dynamic: return pairs of a mapping key and a value, such as a Map`,
    );
  }
  for await (const [mappingKey, item] of value as AsyncIterable<readonly [string, unknown]>) {
    const problem = explainInvalidName("dynamic_mapping_key", mappingKey);
    if (problem !== null) throw new InvalidStepResult(`Step "${step.key}": ${problem}`);
    await emitOutput(scope, step, output, mappingKey, item, onOutput);
  }
}

async function reportAssets(
  scope: RunScope,
  step: StepScope,
  returned: unknown,
  onOutput: OnOutput,
): Promise<void> {
  const { outputs } = step.planned;
  const [only] = outputs;
  const reported: { readonly checks: readonly PlannedCheck[]; readonly results: CheckResults }[] = [];
  const results: Readonly<Record<string, unknown>> =
    outputs.length === 1 && only?.name === "result"
      ? { result: returned }
      : requireRecord(step, returned, outputs);
  for (const output of outputs) {
    if (!(output.name in results)) continue;
    const result = results[output.name];
    const details = isAssetResult(result) ? result : null;
    const value = details !== null && "value" in details ? details.value : result;
    const stored = await emitOutput(scope, step, output, null, value, onOutput);
    if (output.asset === null) continue;
    const { key } = output.asset;
    reported.push({
      checks: step.planned.checks.filter((check) => check.assetKey === key),
      results: details?.checks ?? {},
    });
    emit(scope, {
      type: "ASSET_MATERIALIZATION",
      stepKey: step.key,
      assetKey: output.asset.key,
      partition: step.planned.partitionKey,
      metadata: {
        ...stored,
        ...toMetadata(step.addedMetadata.get(output.name)),
        ...toMetadata(details?.metadata),
      },
      tags: versionTags(output, details),
      dataVersion: details?.dataVersion ?? null,
      message: `Materialized asset ${output.asset.key}${partitionText(step)}`,
    });
  }
  // Every result is reported before a blocking check of one asset fails the step.
  failOnBlocking(reported.flatMap(({ checks, results }) => emitChecks(scope, step, checks, results)));
}

function reportObservation(scope: RunScope, step: StepScope, returned: unknown, onOutput: OnOutput): void {
  if (returned !== undefined && !isAssetResult(returned)) {
    throw new InvalidStepResult(`Step "${step.key}" observes an asset: it must return observeResult({ … })`);
  }
  for (const output of step.planned.outputs) {
    if (output.asset === null) continue;
    emit(scope, {
      type: "ASSET_OBSERVATION",
      stepKey: step.key,
      assetKey: output.asset.key,
      partition: step.planned.partitionKey,
      metadata: { ...toMetadata(step.addedMetadata.get(output.name)), ...toMetadata(returned?.metadata) },
      tags: versionTags(output, returned ?? null),
      dataVersion: returned?.dataVersion ?? null,
      message: `Observed asset ${output.asset.key}${partitionText(step)}`,
    });
    onOutput(output.name, null);
  }
  reportChecks(scope, step, step.planned.checks, returned?.checks ?? {});
}

/** Reports the results of checks, then fails if a blocking one did not pass. */
function reportChecks(
  scope: RunScope,
  step: StepScope,
  checks: readonly PlannedCheck[],
  results: CheckResults,
): void {
  failOnBlocking(emitChecks(scope, step, checks, results));
}

function failOnBlocking(names: readonly string[]): void {
  if (names.length > 0) throw new BlockingCheckFailed(names);
}

/** Reports the results of checks of one asset; gives the names of the blocking ones that did not pass. */
function emitChecks(
  scope: RunScope,
  step: StepScope,
  checks: readonly PlannedCheck[],
  results: CheckResults,
): string[] {
  const blocking: string[] = [];
  for (const name of Object.keys(results)) {
    if (!checks.some((check) => check.name === name)) {
      throw new InvalidStepResult(
        `Step "${step.key}" reports the check "${name}", which it does not declare in \`checks\``,
      );
    }
  }
  for (const check of checks) {
    const result = toCheckResult(step, check.name, results[check.name]);
    if (result === null) {
      step.log.warning(`The step did not report its check "${check.name}"`);
      continue;
    }
    const severity = result.severity ?? check.severity;
    emit(scope, {
      type: "ASSET_CHECK_EVALUATION",
      stepKey: step.key,
      assetKey: check.assetKey,
      checkName: check.name,
      partition: step.planned.partitionKey,
      passed: result.passed,
      severity,
      blocking: check.blocking,
      metadata: toMetadata(result.metadata),
      message:
        result.description ??
        `Check ${check.name} of ${check.assetKey} ${result.passed ? "passed" : "did not pass"}`,
    });
    if (check.blocking && !result.passed && severity === "ERROR") blocking.push(check.name);
  }
  return blocking;
}

function toCheckResult(step: StepScope, name: string, result: unknown): CheckResult | null {
  if (typeof result === "boolean") return { passed: result };
  if (
    typeof result === "object" &&
    result !== null &&
    "passed" in result &&
    typeof result.passed === "boolean"
  ) {
    return result as CheckResult;
  }
  if (result === undefined && step.planned.kind !== "check") return null;
  throw new InvalidStepResult(`Check "${name}" must return a boolean or an object with \`passed\``);
}

async function emitOutput(
  scope: RunScope,
  step: StepScope,
  output: PlannedOutput,
  mappingKey: string | null,
  value: unknown,
  onOutput: OnOutput,
): Promise<Metadata> {
  const { name: outputName } = output;
  const what = mappingKey === null ? outputName : `${outputName}[${mappingKey}]`;
  const added = output.asset === null ? toMetadata(step.addedMetadata.get(outputName)) : {};
  emit(scope, {
    type: "STEP_OUTPUT",
    stepKey: step.key,
    outputName,
    mappingKey,
    metadata: added,
    message: `Emitted output ${what}`,
  });
  const metadata = await storeOutput(scope, step, output, mappingKey, value);
  onOutput(outputName, mappingKey);
  emit(scope, {
    type: "HANDLED_OUTPUT",
    stepKey: step.key,
    outputName,
    metadata,
    message: `Stored output ${what}`,
  });
  return metadata;
}

function requireRecord(
  step: StepScope,
  returned: unknown,
  outputs: readonly PlannedOutput[],
): Readonly<Record<string, unknown>> {
  const names = outputs.map((output) => output.name);
  if (outputs.length === 0 || (returned === undefined && outputs.every((output) => !output.required)))
    return {};
  if (typeof returned !== "object" || returned === null) {
    throw new InvalidStepResult(
      `Step "${step.key}" must return an object with its outputs: ${names.join(", ")}`,
    );
  }
  for (const name of Object.keys(returned)) {
    if (!names.includes(name)) {
      throw new InvalidStepResult(
        `Step "${step.key}" returned "${name}", which is none of its outputs: ${names.join(", ")}`,
      );
    }
  }
  return returned as Readonly<Record<string, unknown>>;
}

function versionTags(
  output: PlannedOutput,
  result: MaterializeResult<unknown> | ObserveResult | null,
): Readonly<Record<string, string>> {
  const codeVersion = output.asset?.codeVersion ?? null;
  return { ...(codeVersion === null ? {} : { "millrace/code_version": codeVersion }), ...result?.tags };
}

function partitionText(step: StepScope): string {
  return step.planned.partitionKey === null ? "" : ` for partition ${step.planned.partitionKey}`;
}
