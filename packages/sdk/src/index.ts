// Assets and what they are connected by.
export { asset, type AssetOptions } from "./assets/asset.ts";
export type { AssetContext, UpstreamContext } from "./assets/asset-context.ts";
export type { UpstreamMaterialization } from "./context/upstream-materialization.ts";
export type { PartitionWindow } from "./partitions/partition-window.ts";
export type {
  Asset,
  AssetKeyOf,
  AssetRef,
  Dependencies,
  DependencyInput,
  DependencyWithOptions,
} from "./assets/asset-definition.ts";
export {
  materializeResult,
  observeResult,
  type MaterializeResult,
  type ObserveResult,
} from "./assets/asset-result.ts";
export { graphAsset, type GraphAssetOptions } from "./assets/graph-asset.ts";
export {
  graphMultiAsset,
  type GraphMultiAssetOptions,
  type GraphValues,
} from "./assets/graph-multi-asset.ts";
export { assetRef, dep } from "./assets/dependency.ts";
export type { PartitionValues } from "./assets/dependency-values.ts";
export { externalAsset, observableAsset } from "./assets/external-asset.ts";
export { assetSpec, type AssetSpec } from "./assets/asset-spec.ts";
export type { MultiAsset } from "./assets/create-multi-asset.ts";
export { multiAsset, type MultiAssetContext } from "./assets/multi-asset.ts";

// Checks.
export { assetCheck, type AssetCheck } from "./checks/asset-check.ts";
export type { CheckFactoryOptions } from "./checks/check-factory.ts";
export { columnChangeChecks } from "./checks/column-change-checks.ts";
export { freshnessChecks, type FreshnessCheckOptions } from "./checks/freshness-checks.ts";
export {
  partitionFreshnessChecks,
  type PartitionFreshnessCheckOptions,
} from "./checks/partition-freshness-checks.ts";
export { rowCountAnomalyChecks, type RowCountCheckOptions } from "./checks/row-count-checks.ts";
export {
  multiAssetCheck,
  type AssetCheckSpec,
  type MultiAssetCheck,
  type MultiAssetCheckContext,
} from "./checks/multi-asset-check.ts";
export type { SchemaInput, ValueSchema } from "./assets/value-schema.ts";
export type { CheckResult, CheckSeverity } from "./assets/check-result.ts";
export { checkSpec, type CheckSpec, type OwnCheckOptions } from "./assets/check-spec.ts";

// Ops, graphs and jobs.
export { op, type Op, type OpContext } from "./graphs/op.ts";
export {
  dynamicOutput,
  optionalOutput,
  output,
  type OutputHandles,
  type OutputSpec,
} from "./graphs/op-outputs.ts";
export { graph, type Graph } from "./graphs/graph.ts";
export type { Handle, ManyHandle } from "./graphs/handle.ts";
export { job, type Job, type JobPartitionsOf } from "./jobs/job.ts";

// Where steps run.
export {
  executor,
  inProcessExecutor,
  processExecutor,
  type ExecuteStep,
  type Executor,
  type ExecutorLimits,
  type StepExecution,
} from "./executors/executor.ts";

// Hooks.
export {
  failureHook,
  successHook,
  type FailureHookContext,
  type Hook,
  type HookContext,
} from "./hooks/hook.ts";

// Schedules, sensors and conditions.
export { automation } from "./automation/automation.ts";
export type { AutomationCondition } from "@millrace/model/automation/condition";
export type { Catchup } from "@millrace/model/ticks/catchup";
export { schedule, type Schedule, type ScheduleContext } from "./schedules/schedule.ts";
export {
  runRequest,
  skip,
  type RequestedRun,
  type SkippedTick,
  type TickOutcome,
  type TickRequest,
} from "./ticks/tick-outcome.ts";
export { addPartitions, deletePartitions, type RequestedPartitions } from "./ticks/partitions-request.ts";
export { sensor } from "./sensors/sensor.ts";
export { type Sensor, type SensorContext } from "./sensors/sensor-definition.ts";
export {
  assetSensor,
  multiAssetSensor,
  type AssetSensorContext,
  type MultiAssetSensorContext,
} from "./sensors/asset-sensor.ts";
export { runStatusSensor, type RunStatusSensorContext } from "./sensors/run-status-sensor.ts";
export type { Deployment, DeploymentRun, DeploymentRunFilter, TickDeployment } from "./context/deployment.ts";
export {
  assetCheckEvaluation,
  assetMaterialization,
  assetObservation,
  type AssetCheckOptions,
  type AssetEventOptions,
  type RequestedReport,
} from "./ticks/asset-event.ts";
export type { SensedMaterialization, SensedRun } from "./sensors/sensed-events.ts";

// Freshness.
export { freshness } from "./freshness/freshness.ts";
export type { FreshnessPolicy } from "@millrace/model/freshness/freshness-policy";

// Partitions.
export { multiRun, singleRun } from "./partitions/backfill-policy.ts";
export type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
export { InvalidPartitionKey, type DynamicPartitionsAccess } from "./partitions/dynamic-partitions-access.ts";
export {
  cronPartitions,
  daily,
  dynamicPartitions,
  hourly,
  monthly,
  multiPartitions,
  staticPartitions,
  weekly,
  type MultiPartitionsOf,
  type StaticPartitionsOf,
  type TimePartitionsOf,
} from "./partitions/partitions.ts";
export {
  dimensionsOf,
  hasPartition,
  lastPartition,
  listPartitions,
  multiKey,
  partitionWindow,
  type DimensionKeys,
  type PartitionKeyOf,
} from "./partitions/partition-keys.ts";
export { partitionMapping } from "./partitions/partition-mapping.ts";
export type {
  DynamicPartitions,
  PartitionsDefinition,
  StaticPartitions,
} from "@millrace/model/partitions/definition";

// Resources and IO managers.
export {
  resource,
  valueResource,
  withConfig,
  type Resource,
  type ResourceContext,
} from "./resources/resource.ts";
export { configOf, type ConfigEntry, type ConfigFor, type RunConfigInput } from "./jobs/config-of.ts";
export { standIn, type StandIn } from "./definitions/stand-in.ts";
export { mapAssets } from "./definitions/map-assets.ts";
export type { AssetChanges } from "./assets/asset-attributes.ts";
export type { DefinitionDefaults } from "./definitions/apply-defaults.ts";
export {
  ioManager,
  type InputContext,
  type IoManager,
  type OutputContext,
  type StoredValueAddress,
} from "./io/io-manager.ts";
export {
  bytesIoManager,
  fileIoManager,
  formatIoManager,
  jsonIoManager,
  parquetIoManager,
  streamIoManager,
} from "./io/file-io-managers.ts";
export { parquetFile, requireParquetFile, type ParquetFile } from "./io/parquet-file.ts";
export { toByteStream, type ByteStream } from "./io/byte-stream.ts";
export { memoryIoManager } from "./io/memory-io-manager.ts";
export { ValueNotStored } from "./io/value-not-stored.ts";
export type { PartitionPart, ValuePartition } from "./io/value-partition.ts";
export { storageName } from "./io/storage-path.ts";
export { valueFormats, type ValueFormat, type ValueFormatName } from "./io/value-format.ts";
export {
  assetValueLoader,
  loadAssetValue,
  type AssetValueLoader,
  type AssetValueLoaderOptions,
} from "./execution/values/asset-value-loader.ts";
export { AssetValueUnavailable } from "./execution/values/asset-value-unavailable.ts";

// Scripts in Python and other languages.
export { runSubprocess, type SubprocessOptions } from "./pipes/run-subprocess.ts";
export type { PipesCheck, PipesMaterialization } from "./pipes/collect-messages.ts";
export type { PipesResultDetails, PipesRun } from "./pipes/pipes-run.ts";
export { PipesProcessFailed, PipesProcessNotStarted } from "./pipes/pipes-errors.ts";

// Config and metadata.
export { env } from "./config/environment.ts";
export { InvalidConfig, type ConfigIssue } from "./config/invalid-config.ts";
export type { ConfigSchema, EnvironmentVariable, TakesConfig } from "./config/config-schema.ts";
export {
  metadata,
  type MetadataInput,
  type MetadataRecord,
  type TypedMetadata,
} from "./metadata/metadata.ts";

// What the code of a step can use and throw.
export type { Logger } from "./context/logger.ts";
export { stepState, type StateAccess, type StepState } from "./context/step-state.ts";
export {
  WaitTimedOut,
  type StepWaiting,
  type WaitForOptions,
  type WaitOptions,
} from "./context/step-waiting.ts";
export type { StepAsset, StepContext } from "./computation/step-context.ts";
export { Failure, RetryRequested, type FailureOptions } from "./context/failure.ts";
export type { RetryPolicy } from "@millrace/model/retry-policy";

// A code location as a whole.
export {
  definitions,
  definitionsFromModules,
  mergeDefinitions,
  type DefinitionsInput,
} from "./definitions/definitions.ts";
export type { Definitions } from "./definitions/gathered.ts";
export type { AssetsOf, JobsOf } from "./definitions/defined.ts";
export { definedByCaller } from "./definition/source-position.ts";
export { DefinitionError, type DefinitionErrorCode } from "./definition/definition-error.ts";
