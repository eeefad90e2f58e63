import { assetKeyParts, isAssetDefinitionKey } from "@millrace/model/asset-key";
import { explainInvalidName, type NamedThing } from "@millrace/model/names";
import { RESULT } from "../graphs/composition.ts";
import type { GraphBody } from "../graphs/graph-definition.ts";
import type { Computation } from "../computation/computation.ts";
import type { Definition } from "../definition/definition.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import type { ResolvedDefinitions } from "./resolved-definitions.ts";

/**
 * Checks the names of all definitions.
 *
 * @throws DefinitionError for the first one that is not allowed.
 */
export function validateNames(resolved: ResolvedDefinitions): void {
  for (const asset of resolved.assets.values()) {
    for (const { name } of asset.checks) checkCheckName(asset.key, name, asset);
    if (asset.computation === null) continue;
    if (!isAssetDefinitionKey(asset.key)) {
      for (const part of assetKeyParts(asset.key)) checkName("asset_name", part, "asset", asset.key, asset);
      throw new DefinitionError(
        "invalid_name",
        `${describeDefinition("asset", asset.key, asset)}: the key is not valid`,
      );
    }
    checkName("group", asset.group, "asset", asset.key, asset);
  }
  for (const [stepKey, computation] of resolved.computations) {
    checkName("op", stepKey, "step", stepKey, computation);
    checkPool("step", stepKey, computation);
    if (computation.graph !== null) validateBody(computation.graph);
  }
  for (const { assetKey, name, source, computation } of resolved.checks.values()) {
    checkCheckName(assetKey, name, { source });
    checkPool("asset check", `${assetKey}:${name}`, computation);
  }
  for (const { computation } of resolved.checks.values())
    if (!computation.checks.has(RESULT))
      checkName("op", computation.stepKey, "multi-asset check", computation.stepKey, computation);
  for (const job of resolved.jobs.values()) {
    checkName("job", job.name, "job", job.name, job);
    if (job.target.kind === "ops") validateBody(job.target.body);
  }
  for (const schedule of resolved.schedules.values()) {
    checkName("schedule", schedule.name, "schedule", schedule.name, schedule);
  }
  for (const sensor of resolved.sensors.values())
    checkName("sensor", sensor.name, "sensor", sensor.name, sensor);
}

function validateBody(body: GraphBody): void {
  for (const { name, definition } of body.invocations) {
    const kind = "body" in definition ? "graph" : "op";
    checkName(kind, name, kind, definition.name, definition);
    if ("body" in definition) validateBody(definition.body);
    else {
      checkPool("op", definition.name, definition);
      for (const output of definition.outputs)
        checkName("op_output", output.name, kind, definition.name, definition);
    }
  }
}

/** A check is named `asset:check` in selections and commands, and its step after both. */
function checkCheckName(assetKey: string, name: string, definition: Pick<Definition, "source">): void {
  if (/^[\w.-]+$/.test(name)) return;
  throw new DefinitionError(
    "invalid_name",
    `${describeDefinition("asset check", `${assetKey}:${name}`, definition)}: "${name}" is not a valid name of a check: use letters, digits, "_", "." and "-"`,
  );
}

function checkPool(what: string, name: string, computation: Computation): void {
  if (computation.pool !== null) checkName("pool", computation.pool, what, name, computation);
}

function checkName(
  thing: NamedThing,
  name: string,
  what: string,
  definitionName: string,
  definition: Pick<Definition, "source">,
): void {
  const problem = explainInvalidName(thing, name);
  if (problem !== null) {
    throw new DefinitionError(
      "invalid_name",
      `${describeDefinition(what, definitionName, definition)}: ${problem}`,
    );
  }
}
