import type { Metadata } from "@millrace/model/metadata";
import type { ResolvedInput, ValueSource } from "@millrace/model/steps/step-inputs";
import type { IoManager, StoredValueAddress } from "../io/io-manager.ts";
import { isValueNotStored } from "../io/value-not-stored.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { toMetadata } from "../metadata/to-metadata.ts";
import type { PlannedInput, PlannedOutput } from "./execution-plan.ts";
import { getIoManager, ioManagerName } from "./planned-io.ts";
import { pickResources } from "./run-resources.ts";
import { emit, type RunScope } from "./run-scope.ts";
import type { StepScope } from "./step-scope.ts";

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
  const manager = getIoManager(scope.definitions, output.asset?.ioManager ?? null);
  const context = {
    ...ioContext(scope, step, output.asset?.ioManager ?? null, manager, {
      assetKey: output.asset?.key ?? null,
      partitionKey: step.planned.partitionKey,
      runId: scope.run.runId,
      stepKey: step.key,
      outputName: output.name,
      mappingKey,
    }),
    definitionMetadata: output.asset?.metadata ?? {},
    addMetadata: (metadata: MetadataRecord) => void Object.assign(added, metadata),
  };
  await (manager.handleOutput as (context: unknown, value: unknown) => unknown)(context, value);
  return toMetadata(added);
}

async function loadInput(
  scope: RunScope,
  step: StepScope,
  input: PlannedInput,
  resolved: ReadonlyMap<string, ResolvedInput>,
): Promise<unknown> {
  if (input.kind === "outputs") {
    const sources = resolved.get(input.name);
    if (!sources) return undefined;
    const values = await Promise.all(
      sources.sources.map((source) => loadStepOutput(scope, step, input.name, source)),
    );
    return sources.kind === "single" ? values[0] : values;
  }
  const { asset, partitionKeys } = input;
  const load = (partitionKey: string | null): Promise<unknown> =>
    loadValue(scope, step, input.name, asset.ioManager, asset.metadata, {
      assetKey: asset.key,
      partitionKey,
      runId: scope.run.runId,
      stepKey: asset.computation?.stepKey ?? "",
      outputName: "",
      mappingKey: null,
    });
  if (partitionKeys === null) return load(null);
  const [first] = partitionKeys;
  if (input.loadsOne && first !== undefined) return load(first);
  const values: [string, unknown][] = [];
  for (const partitionKey of partitionKeys) {
    try {
      values.push([partitionKey, await load(partitionKey)]);
    } catch (error) {
      if (!(input.allowMissing && isValueNotStored(error))) throw error;
    }
  }
  return Object.fromEntries(values);
}

function loadStepOutput(
  scope: RunScope,
  step: StepScope,
  inputName: string,
  source: ValueSource,
): Promise<unknown> {
  return loadValue(
    scope,
    step,
    inputName,
    null,
    {},
    {
      assetKey: null,
      partitionKey: null,
      runId: scope.run.history?.outputRuns[source.stepKey] ?? scope.run.runId,
      stepKey: source.stepKey,
      outputName: source.outputName,
      mappingKey: source.mappingKey,
    },
  );
}

async function loadValue(
  scope: RunScope,
  step: StepScope,
  inputName: string,
  own: IoManager | null,
  definitionMetadata: Metadata,
  address: StoredValueAddress,
): Promise<unknown> {
  const manager = getIoManager(scope.definitions, own);
  const context = { ...ioContext(scope, step, own, manager, address), definitionMetadata, inputName };
  return (manager.loadInput as (context: unknown) => unknown)(context);
}

function ioContext(
  scope: RunScope,
  step: StepScope,
  own: IoManager | null,
  manager: IoManager,
  address: StoredValueAddress,
): Readonly<Record<string, unknown>> {
  return {
    address,
    config: step.configs.resources.get(ioManagerName(own)),
    resources: pickResources(step.resources, manager.resources),
    storageDirectory: scope.storageDirectory,
    log: step.log,
    signal: step.signal,
  };
}
