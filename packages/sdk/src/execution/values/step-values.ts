import type { Metadata } from "@millrace/model/metadata";
import type { ResolvedInput, ValueSource } from "@millrace/model/steps/step-inputs";
import type { MetadataRecord } from "../../metadata/metadata.ts";
import { toStepMetadata } from "../scope/step-metadata.ts";
import { explainMissingValue } from "./earlier-value-lost.ts";
import type { PlannedInput, PlannedOutput } from "../plan/execution-plan.ts";
import { getIoManager } from "../plan/planned-io.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { emit } from "../scope/emit.ts";
import type { StepScope } from "../scope/step-scope.ts";
import {
  explainFullDisk,
  ioContext,
  loadAssetValue,
  loadStoredValue,
  type IoScope,
} from "./stored-values.ts";

/** Loads the values of all inputs of a step, in order. Every value comes from storage, also within one process. */
export async function loadInputs(
  scope: RunScope,
  step: StepScope,
  resolved: ReadonlyMap<string, ResolvedInput>,
): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const input of step.planned.inputs) {
    values.push(await loadInput(scope, step, input, resolved));
    emit(scope, {
      type: "LOADED_INPUT",
      stepKey: step.key,
      inputName: input.name,
      metadata: {},
      message: `Loaded input ${input.name}`,
    });
  }
  return values;
}

/**
 * Stores one output.
 *
 * @returns Metadata that the IO manager added.
 */
export async function storeOutput(
  scope: RunScope,
  step: StepScope,
  output: PlannedOutput,
  mappingKey: string | null,
  value: unknown,
): Promise<Metadata> {
  const added: Record<string, MetadataRecord[string]> = {};
  const { asset } = output;
  const manager = getIoManager(scope.definitions, asset?.ioManager ?? null);
  const address = {
    assetKey: asset?.key ?? null,
    partitionKey: step.planned.partitionKey,
    runId: scope.run.runId,
    stepKey: step.key,
    outputName: output.name,
    mappingKey,
  };
  const named = asset?.ioManager ?? null;
  const context = ioContext(ioScope(scope, step), named, manager, asset, asset?.partitions ?? null, address, {
    addMetadata: (metadata: MetadataRecord) => void Object.assign(added, metadata),
  });
  const losses = manager.format?.listLosses?.(value) ?? [];
  if (losses.length > 0) {
    const what = asset?.key ?? `output ${output.name}`;
    step.log.warning(`Not all that ${what} holds will be there for who loads it: ${losses.join("; ")}`);
  }
  try {
    await (manager.handleOutput as (context: unknown, value: unknown) => unknown)(context, value);
  } catch (error) {
    throw explainFullDisk(manager, address, "stored", error);
  }
  return toStepMetadata(step.log, `what IO manager ${named?.name ?? "io_manager"} stored`, added);
}

async function loadInput(
  scope: RunScope,
  step: StepScope,
  input: PlannedInput,
  resolved: ReadonlyMap<string, ResolvedInput>,
): Promise<unknown> {
  if (input.kind === "asset") {
    const { allowMissing } = input.dependency;
    const request = { ...input, allowMissing, inputName: input.name, runId: scope.run.runId };
    return loadAssetValue(ioScope(scope, step), request).catch((error: unknown) => {
      throw explainMissingValue(scope.run, input.madeBy, error);
    });
  }
  const sources = resolved.get(input.name);
  if (!sources) return undefined;
  const values = await Promise.all(
    sources.sources.map((source) => loadStepOutput(scope, step, input.name, source)),
  );
  if (input.kind === "named_outputs") return nameValues(input.outputs, sources.sources, values);
  return sources.kind === "single" ? values[0] : values;
}

/** The values under the names of their outputs; one output may have several names. */
function nameValues(
  outputs: (PlannedInput & { readonly kind: "named_outputs" })["outputs"],
  sources: readonly ValueSource[],
  values: readonly unknown[],
): Readonly<Record<string, unknown>> {
  const named = outputs.flatMap(({ name, stepKey, outputName }): [string, unknown][] => {
    const index = sources.findIndex(
      (source) => source.stepKey === stepKey && source.outputName === outputName,
    );
    return index < 0 ? [] : [[name, values[index]]];
  });
  return Object.fromEntries(named);
}

function loadStepOutput(
  scope: RunScope,
  step: StepScope,
  inputName: string,
  source: ValueSource,
): Promise<unknown> {
  return loadStoredValue(ioScope(scope, step), inputName, null, null, {
    assetKey: null,
    partitionKey: null,
    runId: scope.run.history?.outputRuns[source.stepKey] ?? scope.run.runId,
    stepKey: source.stepKey,
    outputName: source.outputName,
    mappingKey: source.mappingKey,
  }).catch((error: unknown) => {
    throw explainMissingValue(scope.run, source.stepKey, error);
  });
}

function ioScope(scope: RunScope, step: StepScope): IoScope {
  const { definitions, storageDirectory } = scope;
  const { locationName = null } = scope.run;
  const { resources, log, signal, atEnd } = step;
  const { resources: configs } = step.configs;
  return { definitions, storageDirectory, locationName, configs, resources, log, signal, atEnd };
}
