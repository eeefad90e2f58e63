import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  AssetCheckSchema,
  AssetSchema,
  type Asset,
  type AssetCheck,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { Asset as AssetDefinition } from "millrace/internal/assets/asset-definition";
import { findExecutionSet } from "millrace/internal/assets/execution-set";
import type { CheckSpec } from "millrace/internal/assets/check-spec";
import type { SourcePosition } from "millrace/internal/definition/source-position";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import {
  describeConfig,
  describePartitions,
  describeSource,
  describeText,
  sortedBy,
} from "./describe-source.ts";

/** All assets of a code location, by key; external ones too. */
export function describeAssets(definitions: ResolvedDefinitions, workingDirectory: string): Asset[] {
  return sortedBy(definitions.assets.values(), (asset) => asset.key).map((asset) =>
    describeAsset(definitions, asset, workingDirectory),
  );
}

function describeAsset(
  definitions: ResolvedDefinitions,
  asset: AssetDefinition,
  workingDirectory: string,
): Asset {
  const { computation } = asset;
  const executionSet = findExecutionSet(asset);
  return create(AssetSchema, {
    key: asset.key,
    ...describeText(asset.description),
    group: asset.group,
    dependencies: asset.dependencies.map(({ key, loadsValue, partitionMapping, partitions }) => ({
      key,
      loadsValue,
      ...(partitionMapping === null ? {} : { partitionMapping: JSON.stringify(partitionMapping) }),
      ...(definitions.assets.get(key)?.partitions ? {} : describePartitions(partitions)),
    })),
    tags: { ...asset.tags },
    kinds: [...asset.kinds],
    owners: [...asset.owners],
    ...(asset.codeVersion === null ? {} : { codeVersion: asset.codeVersion }),
    metadata: asset.metadata as JsonObject,
    ...describePartitions(asset.partitions),
    executable: computation !== null,
    stepKey: computation?.stepKey ?? "",
    ...describeSource(asset.source, workingDirectory),
    ...describeConfig(computation?.config ?? null),
    resources: Object.values(computation?.resources ?? {})
      .map((resource) => resource.name)
      .sort(),
    renamedFrom: [...asset.renamedFrom],
    ...(asset.automationCondition === null
      ? {}
      : { automationCondition: JSON.stringify(asset.automationCondition) }),
    ...(asset.freshnessPolicy === null ? {} : { freshnessPolicy: JSON.stringify(asset.freshnessPolicy) }),
    observable: computation?.kind === "observe",
    virtual: asset.isVirtual,
    ...(executionSet === null ? {} : { executionSet }),
    ...(asset.backfillPolicy === null ? {} : { backfillPolicy: JSON.stringify(asset.backfillPolicy) }),
  });
}

/** All checks of a code location, those in the code of assets too, by asset and name. */
export function describeChecks(definitions: ResolvedDefinitions, workingDirectory: string): AssetCheck[] {
  const alone = [...definitions.checks.values()].map((check) =>
    describeCheck(
      check,
      check.assetKey,
      check.computation.stepKey,
      check.source,
      workingDirectory,
      additional(check),
    ),
  );
  const inAssets = [...definitions.assets.values()].flatMap(({ key, checks, computation, source }) =>
    checks.map((check) =>
      describeCheck(check, key, computation?.stepKey ?? "", source, workingDirectory, []),
    ),
  );
  return sortedBy([...alone, ...inAssets], (check) => `${check.assetKey}:${check.name}`);
}

type StandaloneCheck = ResolvedDefinitions["checks"] extends ReadonlyMap<string, infer Check> ? Check : never;

function additional(check: StandaloneCheck): string[] {
  return check.computation.dependencies.map(({ key }) => key).filter((key) => key !== check.assetKey);
}

function describeCheck(
  check: CheckSpec,
  assetKey: string,
  stepKey: string,
  source: SourcePosition | null,
  workingDirectory: string,
  additionalDependencies: string[],
): AssetCheck {
  return create(AssetCheckSchema, {
    assetKey,
    name: check.name,
    ...describeText(check.description),
    blocking: check.blocking,
    stepKey,
    additionalDependencies,
    ...describeSource(source, workingDirectory),
    metadata: check.metadata as JsonObject,
    unpartitioned: !check.perPartition,
    ...(check.automationCondition === null
      ? {}
      : { automationCondition: JSON.stringify(check.automationCondition) }),
  });
}
