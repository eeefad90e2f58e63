import { explainUnknownName } from "@millrace/model/near-names";
import { CODE_VERSION_TAG } from "@millrace/model/data-versions/asset-state";
import type { Metadata } from "@millrace/model/metadata";
import { explainInvalidName } from "@millrace/model/names";
import { isAssetResult, type MaterializeResult, type ObserveResult } from "../../assets/asset-result.ts";
import { toStepMetadata } from "../scope/step-metadata.ts";
import type { PlannedCheck, PlannedOutput } from "../plan/execution-plan.ts";
import { forEachPartition } from "../scope/for-each-partition.ts";
import {
  emitChecks,
  emitWholeChecks,
  failOnBlocking,
  reportCheckStep,
  type CheckResults,
} from "./report-checks.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { emit } from "../scope/emit.ts";
import { splitByPartition } from "./split-by-partition.ts";
import { InvalidStepResult } from "../scope/step-failures.ts";
import type { StepScope } from "../scope/step-scope.ts";
import { storeValid } from "./store-valid.ts";
import { storeOutput } from "../values/step-values.ts";

/** Told of an output of a step once it is stored. */
export type OnOutput = (outputName: string, mappingKey: string | null) => void;

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
      return reportCheckStep(scope, step, returned);
    case "observation":
      return reportObservation(scope, step, returned, onOutput);
    case "asset":
      return step.planned.takesSeveral
        ? reportPartitions(scope, step, returned, onOutput)
        : reportAssets(scope, step, returned, onOutput, "all");
  }
}

/** Stores and reports what code made that takes several partitions at once, one after the other. */
async function reportPartitions(
  scope: RunScope,
  step: StepScope,
  returned: unknown,
  onOutput: OnOutput,
): Promise<void> {
  const { planned } = step;
  const keys = planned.partitionKeys ?? [];
  const isSingle = returnsOne(step);
  const results = Object.entries(resultsByOutput(step, returned)).map(([name, result]) => {
    const what = isSingle ? `Step "${step.key}"` : `Output "${name}" of step "${step.key}"`;
    return [name, splitByPartition(what, keys, result)] as const;
  });
  await forEachPartition([...keys, null], async (partitionKey) => {
    if (partitionKey === null) return reportWholeChecks(scope, step, results);
    const own = results.map(([name, byPartition]) => [name, byPartition.get(partitionKey)] as const);
    const part = { ...step, planned: { ...planned, partitionKeys: [partitionKey], partitionKey } };
    await reportAssets(scope, part, isSingle ? own[0]?.[1] : Object.fromEntries(own), onOutput, "each");
  });
}

/** Reports the checks of assets as a whole, after all partitions of them that a call has made. */
function reportWholeChecks(
  scope: RunScope,
  step: StepScope,
  results: readonly (readonly [name: string, byPartition: ReadonlyMap<string, unknown>])[],
): void {
  const { checks, outputs } = step.planned;
  const failed = results.flatMap(([name, byPartition]) => {
    const key = outputs.find((output) => output.name === name)?.asset?.key;
    const said = [...byPartition.values()].map((result) => (isAssetResult(result) ? result.checks : {}));
    return emitWholeChecks(
      scope,
      step,
      checks.filter(({ assetKey }) => assetKey === key),
      said,
    );
  });
  failOnBlocking(failed);
}

/** What the code of a step returned for each of its assets. */
function resultsByOutput(step: StepScope, returned: unknown): Readonly<Record<string, unknown>> {
  return returnsOne(step) ? { result: returned } : requireRecord(step, returned, step.planned.outputs);
}

/** Whether the code returns its only output as it is, rather than outputs by name. */
function returnsOne({ planned: { outputs } }: StepScope): boolean {
  return outputs.length === 1 && outputs[0]?.name === "result";
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
  whichChecks: "all" | "each",
): Promise<void> {
  const { outputs } = step.planned;
  const reported: { readonly checks: readonly PlannedCheck[]; readonly results: CheckResults }[] = [];
  const results = resultsByOutput(step, returned);
  for (const output of outputs) {
    if (!(output.name in results)) continue;
    const result = results[output.name];
    const details = isAssetResult(result) ? result : null;
    const value = details !== null && "value" in details ? details.value : result;
    const { metadata: stored, checks } = await storeValid(scope, step, output, value, (valid) =>
      emitOutput(scope, step, output, null, valid, onOutput),
    );
    if (output.asset === null) continue;
    const { key } = output.asset;
    reported.push({
      checks: step.planned.checks.filter((check) => check.assetKey === key),
      results: { ...details?.checks, ...checks },
    });
    emit(scope, {
      type: "ASSET_MATERIALIZATION",
      stepKey: step.key,
      assetKey: output.asset.key,
      partition: step.planned.partitionKey,
      metadata: {
        ...stored,
        ...toStepMetadata(step.log, `asset ${key}`, step.addedMetadata.get(output.name)),
        ...toStepMetadata(step.log, `asset ${key}`, details?.metadata),
      },
      tags: versionTags(output, details),
      dataVersion: details?.dataVersion ?? null,
      message: `Materialized asset ${output.asset.key}${partitionText(step)}`,
    });
  }
  // Every result is reported before a blocking check of one asset fails the step.
  failOnBlocking(
    reported.flatMap(({ checks, results }) => emitChecks(scope, step, checks, results, whichChecks)),
  );
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
      metadata: {
        ...toStepMetadata(step.log, `asset ${output.asset.key}`, step.addedMetadata.get(output.name)),
        ...toStepMetadata(step.log, `asset ${output.asset.key}`, returned?.metadata),
      },
      tags: versionTags(output, returned ?? null),
      dataVersion: returned?.dataVersion ?? null,
      message: `Observed asset ${output.asset.key}${partitionText(step)}`,
    });
    // Nothing is stored, but what comes after the observation waits for it, also in a further attempt of the run.
    emit(scope, {
      type: "STEP_OUTPUT",
      stepKey: step.key,
      outputName: output.name,
      mappingKey: null,
      metadata: {},
      message: `Emitted output ${output.name}`,
    });
    onOutput(output.name, null);
  }
  failOnBlocking(emitChecks(scope, step, step.planned.checks, returned?.checks ?? {}, "all"));
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
  const added =
    output.asset === null
      ? toStepMetadata(step.log, `output ${what}`, step.addedMetadata.get(outputName))
      : {};
  emit(scope, {
    type: "STEP_OUTPUT",
    stepKey: step.key,
    outputName,
    mappingKey,
    metadata: added,
    message: `Emitted output ${what}`,
  });
  // What ops that return nothing return: storing it would cost more than the step itself.
  if (value === undefined && !output.isRead) {
    onOutput(outputName, mappingKey);
    return {};
  }
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
        `Step "${step.key}" returned "${name}", which is none of its outputs${explainUnknownName(name, names)}`,
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
  return { ...(codeVersion === null ? {} : { [CODE_VERSION_TAG]: codeVersion }), ...result?.tags };
}

function partitionText(step: StepScope): string {
  return step.planned.partitionKey === null ? "" : ` for partition ${step.planned.partitionKey}`;
}
