/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type RunStatus =
  | 'QUEUED'
  | 'STARTING'
  | 'STARTED'
  | 'CANCELING'
  | 'SUCCESS'
  | 'FAILURE'
  | 'CANCELED';

/** How the attempt stands: its launch waits, its worker runs, it has ended, or nothing was heard for too long. */
export type AttemptState =
  | 'assigned'
  | 'running'
  | 'ended'
  | 'lost';

/** pending: no agent has taken it up; starting: an agent loads it; ready: it has loaded; degraded: it has, and its definitions answer, but its code can't be loaded again; failed: it does not load. */
export type LocationVersionState =
  | 'pending'
  | 'starting'
  | 'ready'
  | 'degraded'
  | 'failed';

/** Why a version of a code location does not load. */
export type LocationFailure =
  /** its code can't be used as it is */
  | 'code_invalid'
  /** its code threw, or ended the process, while it was loaded */
  | 'code_threw'
  /** its image, folder or entry file is not there */
  | 'not_found'
  /** it was not ready in time */
  | 'start_timed_out'
  /** it ran out of memory */
  | 'out_of_memory'
  /** its process ended before it was ready */
  | 'ended'
  /** the agent's operator does not allow it */
  | 'refused'
  /** the agent can't run code of this kind */
  | 'not_supported'
  /** its document can't be used */
  | 'document_invalid'
  /** the agent could not start it */
  | 'other';

export type LocationVersionReason =
  | 'added'
  | 'changed'
  | 'reloaded'
  | 'rolled_back';

export type DefinitionKind =
  | 'asset'
  | 'check'
  | 'job'
  | 'schedule'
  | 'sensor'
  | 'resource';

export type DefinitionChangeType =
  | 'added'
  | 'removed'
  | 'changed';

export type ContainerLevel =
  | 'agent'
  | 'deployment'
  | 'location'
  | 'job'
  | 'run';

export type StepState =
  | 'pending'
  | 'running'
  | 'success'
  | 'failure'
  | 'skipped'
  | 'waiting'
  | 'retrying'
  | 'abandoned';

/** How a backfill stands; the last four have ended. */
export type BackfillStatus =
  | 'REQUESTED'
  | 'CANCELING'
  | 'CANCELED'
  | 'FAILED'
  | 'COMPLETED_SUCCESS'
  | 'COMPLETED_FAILED';

export type KeptPartitionState =
  | 'MISSING'
  | 'FAILED';

/** Which part of a run its re-execution repeats. */
export type ReexecutionStrategy =
  /** What the run was to execute, from its beginning. */
  | 'ALL_STEPS'
  /** Steps that failed, never ended or never started, and everything downstream of them; of a failed or canceled run. */
  | 'FROM_FAILURE'
  /** Assets and checks that the run was to produce but did not; of a failed or canceled run. */
  | 'FROM_ASSET_FAILURE'
  /** The steps of `stepSelection`; what they need from others is read from this run. */
  | 'SELECTED_STEPS';

export type AssetState =
  | 'missing'
  | 'materialized'
  | 'failed'
  | 'in_progress';

/** What is reported of an asset that no run of this deployment has made, or looked at. */
export type ReportedKind =
  /** It was made. */
  | 'MATERIALIZATION'
  /** Somebody looked at it. */
  | 'OBSERVATION'
  /** One of its checks was evaluated. */
  | 'CHECK';

export type BulkOperationKind =
  | 'CANCEL'
  | 'REEXECUTE'
  | 'DELETE'
  | 'WIPE';

/** `STOPPED`: somebody has stopped it; what it has done stays. */
export type BulkOperationStatus =
  | 'RUNNING'
  | 'STOPPED'
  | 'DONE';

/** What of each run is repeated, as with `reexecuteRun`. */
export type BulkReexecutionStrategy =
  | 'ALL_STEPS'
  | 'FROM_FAILURE'
  | 'FROM_ASSET_FAILURE';

export type RunWaitKind =
  /** As many runs are active as may be. */
  | 'DEPLOYMENT'
  /** The code location is paused. */
  | 'LOCATION'
  /** As many runs with one of its tags are active as may be. */
  | 'TAG'
  /** Pools that it needs have no slot free. */
  | 'POOLS'
  /** Nothing: it is about to start. */
  | 'COORDINATOR'
  /** No agent has taken it yet. */
  | 'AGENT'
  /** Its steps wait until a time that they have named. */
  | 'TIME'
  /** It runs, and its worker has no room to write down what happens: nothing is heard of it meanwhile. */
  | 'DISK'
  /** It runs, and a step of it waits for a slot of its pool. */
  | 'SLOT';

/** added, updated, unchanged and removed; unlisted: it stays, though the list does not have it and `prune` would remove it. */
export type CodeLocationSyncChange =
  | 'added'
  | 'updated'
  | 'unchanged'
  | 'removed'
  | 'unlisted';

export type TickStatus =
  | 'STARTED'
  | 'SUCCESS'
  | 'SKIPPED'
  | 'FAILURE';

export type InstigatorStatus =
  | 'RUNNING'
  | 'STOPPED';

export type TickEvaluationState =
  | 'pending'
  | 'done'
  | 'failed';

export type AgentState =
  | 'running'
  | 'unreachable'
  | 'stopped';

export type BackfillStrategy =
  | 'ALL'
  | 'FROM_FAILURE';

export type TagInput = {
  key: string;
  value: string;
};

export type RunsFilter = {
  statuses?: Array<RunStatus> | null | undefined;
  jobName?: string | null | undefined;
  assetKey?: string | null | undefined;
  /** Runs of it, or of a range that it is in. */
  partitionKey?: string | null | undefined;
  tags?: Array<TagInput> | null | undefined;
  createdAfter?: string | null | undefined;
  createdBefore?: string | null | undefined;
};

/** Partitions in a row, both ends included; of several dimensions the product of their ranges. */
export type PartitionRangeInput = {
  start: string;
  end: string;
};

export type LaunchRunInput = {
  /** Default: the only location that has the job or the assets. */
  locationName?: string | null | undefined;
  /** Null: materialize `assetSelection` without a job. */
  jobName?: string | null | undefined;
  assetSelection?: Array<string> | null | undefined;
  checkSelection?: Array<string> | null | undefined;
  stepSelection?: Array<string> | null | undefined;
  partitionKey?: string | null | undefined;
  /** Several partitions in one run, instead of `partitionKey`. */
  partitionRange?: PartitionRangeInput | null | undefined;
  runConfig?: unknown;
  tags?: Array<TagInput> | null | undefined;
  /** Two launches with one key are one run. */
  idempotencyKey?: string | null | undefined;
};

export type AssetPartitionsInput = {
  assetKey: string;
  partitionRanges: Array<PartitionRangeInput>;
};

export type LaunchBackfillInput = {
  title?: string | null | undefined;
  /** Default: wherever the job or each asset is. */
  locationName?: string | null | undefined;
  /** Null: materialize `assetSelection` without a job. */
  jobName?: string | null | undefined;
  /** Null: all that the job makes. */
  assetSelection?: Array<string> | null | undefined;
  /**
   * Of what is partitioned first, in upstream order, and of all that is partitioned like it; of others what is made from these.
   * One partition alone has itself as both ends. Null: all partitions that there are.
   */
  partitionRanges?: Array<PartitionRangeInput> | null | undefined;
  /** Of single assets, in place of that. */
  assetPartitions?: Array<AssetPartitionsInput> | null | undefined;
  /** Only partitions that are missing, or have failed. Null: all. */
  states?: Array<KeptPartitionState> | null | undefined;
  /** Of every run. */
  runConfig?: unknown;
  /** Of every run; `millrace/priority` among them. */
  tags?: Array<TagInput> | null | undefined;
  /** Two launches with one key are one backfill. */
  idempotencyKey?: string | null | undefined;
};

export type ReportAssetEventInput = {
  kind: ReportedKind;
  assetKey: string;
  /** Null: the asset as a whole. A materialization of a partitioned asset must say one. */
  partitionKey?: string | null | undefined;
  /** Names to values: plain ones, which get the type that fits them, or a MetadataValue, see @millrace/model/metadata. */
  metadata?: unknown;
  /** One sentence for people. */
  description?: string | null | undefined;
  /** Not of a check. */
  tags?: Array<TagInput> | null | undefined;
  /** Not of a check. A materialization without one is new data; an observation without one changes no version. */
  dataVersion?: string | null | undefined;
  /** Of a check. */
  checkName?: string | null | undefined;
  /** Of a check. */
  passed?: boolean | null | undefined;
  /** Of a check that did not pass: WARN or ERROR. Default: ERROR. */
  severity?: string | null | undefined;
  /** Two reports with one key are one, for a week. */
  idempotencyKey?: string | null | undefined;
};

export type CodeLocationInput = {
  name: string;
  document: unknown;
};

export type DeploymentQueryVariables = Exact<{ [key: string]: never; }>;


export type DeploymentQuery = { deployment: { id: string, name: string, settings: unknown, queuedRuns: number, activeRuns: number } };

export type LocationQueryVariables = Exact<{
  name: string;
}>;


export type LocationQuery = { codeLocation: { name: string, revision: number, assetCount: number, serving: { revision: number, state: LocationVersionState, codeDigest: string | null } | null, latest: { revision: number, state: LocationVersionState, error: unknown, warnings: Array<string> } | null } | null };

export type SetCodeLocationMutationVariables = Exact<{
  name: string;
  document: unknown;
}>;


export type SetCodeLocationMutation = { setCodeLocation:
    | { __typename: 'CodeLocation', name: string, revision: number }
    | { __typename: 'InvalidInput', message: string }
   };

export type ReloadCodeLocationMutationVariables = Exact<{
  name: string;
}>;


export type ReloadCodeLocationMutation = { reloadCodeLocation: { name: string, revision: number } | null };

export type CreateAgentTokenMutationVariables = Exact<{
  name: string;
  queues?: Array<string> | string | null | undefined;
}>;


export type CreateAgentTokenMutation = { createAgentToken: { token: string } };

export type AgentTokensQueryVariables = Exact<{ [key: string]: never; }>;


export type AgentTokensQuery = { agentTokens: Array<{ id: string, name: string, queues: Array<string> | null, createdAt: string, lastUsedAt: string | null, revokedAt: string | null }> };

export type AgentsQueryVariables = Exact<{ [key: string]: never; }>;


export type AgentsQuery = { agents: Array<{ id: string, name: string, kind: string, version: string, hostname: string, queues: Array<string>, state: AgentState, startedAt: string, lastHeartbeatAt: string, drainedAt: string | null, report: unknown }> };

export type RemoveAgentMutationVariables = Exact<{
  id: string;
}>;


export type RemoveAgentMutation = { removeAgent: boolean };

export type RevokeAgentTokenMutationVariables = Exact<{
  id: string;
}>;


export type RevokeAgentTokenMutation = { revokeAgentToken: boolean };

export type CodeLocationsQueryVariables = Exact<{ [key: string]: never; }>;


export type CodeLocationsQuery = { codeLocations: Array<{ name: string, document: unknown, revision: number, assetCount: number, runsPausedAt: string | null, serving: { revision: number } | null, latest: { revision: number, state: LocationVersionState, error: unknown, warnings: Array<string>, agentId: string | null, createdAt: string, loadedAt: string | null } | null }> };

export type LocationHistoryQueryVariables = Exact<{
  name: string;
}>;


export type LocationHistoryQuery = { codeLocation: { name: string, document: unknown, revision: number, assetCount: number, runsPausedAt: string | null, serving: { revision: number } | null, latest: { revision: number, state: LocationVersionState, error: unknown, failure: LocationFailure | null, retryAt: string | null, warnings: Array<string>, agentId: string | null, createdAt: string, loadedAt: string | null } | null, versions: { nodes: Array<{ revision: number, state: LocationVersionState, document: unknown, gitCommit: string | null, askedBy: string | null, reason: LocationVersionReason | null, basedOn: number | null, createdAt: string, loadedAt: string | null }> } } | null };

export type ContainerPartsFragment = { setting: string, name: string | null, value: unknown, from: ContainerLevel, overrides: Array<ContainerLevel> };

export type LocationContainerQueryVariables = Exact<{
  name: string;
  jobName?: string | null | undefined;
  tags?: Array<TagInput> | TagInput | null | undefined;
}>;


export type LocationContainerQuery = { codeLocation: { container: Array<{ setting: string, name: string | null, value: unknown, from: ContainerLevel, overrides: Array<ContainerLevel> }> } | null };

export type RunContainerQueryVariables = Exact<{
  id: string;
}>;


export type RunContainerQuery = { run: { container: Array<{ setting: string, name: string | null, value: unknown, from: ContainerLevel, overrides: Array<ContainerLevel> }> } | null };

export type LocationChangesQueryVariables = Exact<{
  name: string;
  from?: number | null | undefined;
  to?: number | null | undefined;
}>;


export type LocationChangesQuery = { codeLocation: { changes: { from: number, to: number, isCodeChanged: boolean | null, hasMore: boolean, document: Array<{ field: string, before: unknown, after: unknown }>, counts: Array<{ kind: DefinitionKind, added: number, removed: number, changed: number }>, changes: Array<{ kind: DefinitionKind, name: string, change: DefinitionChangeType, fields: Array<{ field: string, before: unknown, after: unknown }> }> } } | null };

export type RollbackCodeLocationMutationVariables = Exact<{
  name: string;
  revision?: number | null | undefined;
}>;


export type RollbackCodeLocationMutation = { rollbackCodeLocation:
    | { __typename: 'CodeLocationRolledBack', basedOn: number, warning: string | null, location: { name: string, revision: number } }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type RemoveCodeLocationMutationVariables = Exact<{
  name: string;
}>;


export type RemoveCodeLocationMutation = { removeCodeLocation: boolean };

export type LaunchRunMutationVariables = Exact<{
  input: LaunchRunInput;
}>;


export type LaunchRunMutation = { launchRun:
    | { __typename: 'LaunchedRun', run: { id: string, status: RunStatus, jobName: string, locationName: string } }
    | { __typename: 'RunConfigInvalid', message: string, errors: Array<{ path: string, message: string }> }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type TerminateRunMutationVariables = Exact<{
  id: string;
}>;


export type TerminateRunMutation = { terminateRun:
    | { __typename: 'Run', id: string, status: RunStatus }
    | { __typename: 'RunAlreadyFinished', message: string }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type RunsQueryVariables = Exact<{
  filter?: RunsFilter | null | undefined;
  after?: string | null | undefined;
  limit: number;
}>;


export type RunsQuery = { runs: { hasMore: boolean, nodes: Array<{ id: string, status: RunStatus, jobName: string, assetKeys: Array<string>, locationName: string, partitionKey: string | null, createdAt: string, startedAt: string | null, endedAt: string | null, failureMessage: string | null, partitionRange: { start: string, end: string } | null }> } };

export type RunOutputPlaceQueryVariables = Exact<{
  id: string;
  attempt?: number | null | undefined;
}>;


export type RunOutputPlaceQuery = { run: { outputPlace: { place: string, link: string | null } | null } | null };

export type RunQueryVariables = Exact<{
  id: string;
}>;


export type RunQuery = { run: { id: string, status: RunStatus, jobName: string, locationName: string, partitionKey: string | null, createdAt: string, startedAt: string | null, endedAt: string | null, failureReason: string | null, failureMessage: string | null, retryAt: string | null, retryRunId: string | null, assetKeys: Array<string>, attempt: number, runConfig: unknown, partitionRange: { start: string, end: string } | null, tags: Array<{ key: string, value: string }>, steps: Array<{ key: string, state: StepState, startedAt: string | null, endedAt: string | null, waitingUntil: string | null, attempts: number, error: unknown }>, failures: { nodes: Array<{ event: unknown }> }, worker: { agentId: string | null, place: string | null, state: AttemptState, leaseUntil: string, unreachableSince: string | null, blockedSince: string | null } | null, waits: Array<{ kind: RunWaitKind, message: string, stepKey: string | null, holders: Array<{ id: string, jobName: string, assetKeys: Array<string> }> }> } | null };

export type PoolsQueryVariables = Exact<{
  name?: string | null | undefined;
}>;


export type PoolsQuery = { pools: Array<{ name: string, limit: number | null, isDefault: boolean, granularity: string, holders: Array<{ stepKey: string | null, since: string, run: { id: string, jobName: string, assetKeys: Array<string> } | null }>, waiting: Array<{ stepKey: string | null, since: string, run: { id: string, jobName: string, assetKeys: Array<string> } | null }> }> };

export type PoolClaimFragment = { stepKey: string | null, since: string, run: { id: string, jobName: string, assetKeys: Array<string> } | null };

export type SetPoolLimitMutationVariables = Exact<{
  name: string;
  limit?: number | null | undefined;
}>;


export type SetPoolLimitMutation = { setPoolLimit:
    | { __typename: 'Pool', name: string, limit: number | null }
    | { __typename: 'InvalidInput', message: string }
   };

export type PauseCodeLocationMutationVariables = Exact<{
  name: string;
  paused: boolean;
}>;


export type PauseCodeLocationMutation = { pauseCodeLocation: { name: string, runsPausedAt: string | null } | null };

export type BulkOperationFragment = { id: string, kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, createdAt: string, refusals: Array<{ runId: string, message: string }> };

export type BulkOperationsQueryVariables = Exact<{
  limit: number;
}>;


export type BulkOperationsQuery = { bulkOperations: Array<{ id: string, kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, createdAt: string, refusals: Array<{ runId: string, message: string }> }> };

export type BulkOperationQueryVariables = Exact<{
  id: string;
}>;


export type BulkOperationQuery = { bulkOperation: { id: string, kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, createdAt: string, refusals: Array<{ runId: string, message: string }> } | null };

export type CancelRunsMutationVariables = Exact<{
  filter: RunsFilter;
}>;


export type CancelRunsMutation = { operation: { id: string, kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, createdAt: string, refusals: Array<{ runId: string, message: string }> } };

export type ReexecuteRunsMutationVariables = Exact<{
  filter: RunsFilter;
  strategy: BulkReexecutionStrategy;
}>;


export type ReexecuteRunsMutation = { operation: { id: string, kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, createdAt: string, refusals: Array<{ runId: string, message: string }> } };

export type DeleteRunsMutationVariables = Exact<{
  filter: RunsFilter;
}>;


export type DeleteRunsMutation = { operation: { id: string, kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, createdAt: string, refusals: Array<{ runId: string, message: string }> } };

export type WipeAssetsMutationVariables = Exact<{
  keys?: Array<string> | string | null | undefined;
  selection?: string | null | undefined;
}>;


export type WipeAssetsMutation = { operation:
    | { __typename: 'BulkOperation', id: string, kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, createdAt: string, refusals: Array<{ runId: string, message: string }> }
    | { __typename: 'InvalidInput', message: string }
   };

export type StopBulkOperationMutationVariables = Exact<{
  id: string;
}>;


export type StopBulkOperationMutation = { stopBulkOperation: { id: string, kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, createdAt: string, refusals: Array<{ runId: string, message: string }> } | null };

export type ReexecuteRunMutationVariables = Exact<{
  id: string;
  strategy: ReexecutionStrategy;
  stepSelection?: Array<string> | string | null | undefined;
  includeDownstream: boolean;
}>;


export type ReexecuteRunMutation = { reexecuteRun:
    | { __typename: 'LaunchedRun', run: { id: string } }
    | { __typename: 'RunConfigInvalid', message: string, errors: Array<{ path: string, message: string }> }
    | { __typename: 'UnknownDefinition', message: string }
    | { __typename: 'RunNotReexecutable', message: string }
   };

export type AssetsQueryVariables = Exact<{
  search?: string | null | undefined;
  archived: boolean;
  after?: string | null | undefined;
  limit: number;
}>;


export type AssetsQuery = { assets: { hasMore: boolean, nodes: Array<{ key: string, group: string, state: AssetState, kinds: Array<string>, locationName: string, latestMaterialization: { timestamp: string } | null, partitions: { kind: string, count: number, materialized: number } | null }> } };

export type WipeAssetMutationVariables = Exact<{
  key: string;
  partitionKeys?: Array<string> | string | null | undefined;
}>;


export type WipeAssetMutation = { change:
    | { __typename: 'AssetChanged', key: string }
    | { __typename: 'InvalidInput', message: string }
   };

export type ArchiveAssetMutationVariables = Exact<{
  key: string;
  archived: boolean;
}>;


export type ArchiveAssetMutation = { change:
    | { __typename: 'AssetChanged', key: string }
    | { __typename: 'InvalidInput', message: string }
   };

export type DynamicPartitionsQueryVariables = Exact<{
  name: string;
  after?: string | null | undefined;
  limit: number;
}>;


export type DynamicPartitionsQuery = { dynamicPartitions: { cursor: string | null, nodes: Array<{ key: string }> } };

export type AddDynamicPartitionsMutationVariables = Exact<{
  name: string;
  keys: Array<string> | string;
}>;


export type AddDynamicPartitionsMutation = { change:
    | { __typename: 'DynamicPartitionsChanged', count: number }
    | { __typename: 'InvalidInput', message: string }
   };

export type DeleteDynamicPartitionsMutationVariables = Exact<{
  name: string;
  keys: Array<string> | string;
}>;


export type DeleteDynamicPartitionsMutation = { change:
    | { __typename: 'DynamicPartitionsChanged', count: number }
    | { __typename: 'InvalidInput', message: string }
   };

export type BackfillFieldsFragment = { id: string, title: string | null, status: BackfillStatus, paused: boolean, message: string | null, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, targets: Array<{ key: string, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> };

export type BackfillsQueryVariables = Exact<{
  limit: number;
}>;


export type BackfillsQuery = { backfills: { nodes: Array<{ id: string, title: string | null, status: BackfillStatus, paused: boolean, message: string | null, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, targets: Array<{ key: string, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> }> } };

export type BackfillQueryVariables = Exact<{
  id: string;
}>;


export type BackfillQuery = { backfill: { id: string, title: string | null, status: BackfillStatus, paused: boolean, message: string | null, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, targets: Array<{ key: string, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> } | null };

export type LaunchBackfillMutationVariables = Exact<{
  input: LaunchBackfillInput;
}>;


export type LaunchBackfillMutation = { launchBackfill:
    | { __typename: 'LaunchedBackfill', backfill: { id: string } }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type RelaunchBackfillMutationVariables = Exact<{
  id: string;
  strategy: BackfillStrategy;
}>;


export type RelaunchBackfillMutation = { relaunchBackfill:
    | { __typename: 'LaunchedBackfill', backfill: { id: string } }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'UnknownDefinition', message: string }
    | { __typename: 'BackfillNotInState', message: string }
   };

export type CancelBackfillMutationVariables = Exact<{
  id: string;
}>;


export type CancelBackfillMutation = { cancelBackfill:
    | { __typename: 'Backfill', status: BackfillStatus }
    | { __typename: 'UnknownDefinition', message: string }
    | { __typename: 'BackfillNotInState', message: string }
   };

export type SetBackfillPausedMutationVariables = Exact<{
  id: string;
  paused: boolean;
}>;


export type SetBackfillPausedMutation = { setBackfillPaused:
    | { __typename: 'Backfill', id: string }
    | { __typename: 'UnknownDefinition', message: string }
    | { __typename: 'BackfillNotInState', message: string }
   };

export type DeploymentSettingsQueryVariables = Exact<{ [key: string]: never; }>;


export type DeploymentSettingsQuery = { deployment: { settings: unknown } };

export type SetDeploymentSettingsMutationVariables = Exact<{
  settings: unknown;
}>;


export type SetDeploymentSettingsMutation = { setDeploymentSettings:
    | { __typename: 'Deployment', settings: unknown }
    | { __typename: 'InvalidInput', message: string }
   };

export type ReportAssetEventMutationVariables = Exact<{
  input: ReportAssetEventInput;
}>;


export type ReportAssetEventMutation = { report:
    | { __typename: 'ReportedAssetEvent', isNew: boolean }
    | { __typename: 'InvalidReport', message: string }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type InstigatorPartsFragment = { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null };

export type SchedulesQueryVariables = Exact<{ [key: string]: never; }>;


export type SchedulesQuery = { schedules: Array<{ name: string, locationName: string, cron: Array<string>, timezone: string, state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null } }> };

export type SensorsQueryVariables = Exact<{ [key: string]: never; }>;


export type SensorsQuery = { sensors: Array<{ name: string, locationName: string, kind: string, minimumIntervalSeconds: number, state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null } }> };

export type TickPartsFragment = { hasMore: boolean, nodes: Array<{ id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, logs: Array<{ timestamp: string, level: string, message: string }> }> };

export type ScheduleTicksQueryVariables = Exact<{
  locationName: string;
  name: string;
  limit: number;
  after?: string | null | undefined;
  statuses?: Array<TickStatus> | TickStatus | null | undefined;
}>;


export type ScheduleTicksQuery = { instigator: { state: { ticks: { hasMore: boolean, nodes: Array<{ id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, logs: Array<{ timestamp: string, level: string, message: string }> }> } } } | null };

export type SensorTicksQueryVariables = Exact<{
  locationName: string;
  name: string;
  limit: number;
  after?: string | null | undefined;
  statuses?: Array<TickStatus> | TickStatus | null | undefined;
}>;


export type SensorTicksQuery = { instigator: { state: { ticks: { hasMore: boolean, nodes: Array<{ id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, logs: Array<{ timestamp: string, level: string, message: string }> }> } } } | null };

export type StartScheduleMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type StartScheduleMutation = { switched: { state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null } } | null };

export type StopScheduleMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type StopScheduleMutation = { switched: { state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null } } | null };

export type ResetScheduleMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type ResetScheduleMutation = { switched: { state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null } } | null };

export type StartSensorMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type StartSensorMutation = { switched: { state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null } } | null };

export type StopSensorMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type StopSensorMutation = { switched: { state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null } } | null };

export type ResetSensorMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type ResetSensorMutation = { switched: { state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, cursor: string | null, latestTick: { status: TickStatus, startedAt: string } | null } } | null };

export type SetSensorCursorMutationVariables = Exact<{
  locationName: string;
  name: string;
  cursor?: string | null | undefined;
}>;


export type SetSensorCursorMutation = { setSensorCursor: { state: { cursor: string | null } } | null };

export type EvaluateScheduleMutationVariables = Exact<{
  locationName: string;
  name: string;
  at?: string | null | undefined;
}>;


export type EvaluateScheduleMutation = { evaluation: { id: string } };

export type EvaluateSensorMutationVariables = Exact<{
  locationName: string;
  name: string;
  cursor?: string | null | undefined;
  eventCursor?: string | null | undefined;
}>;


export type EvaluateSensorMutation = { evaluation: { id: string } };

export type TickEvaluationQueryVariables = Exact<{
  id: string;
}>;


export type TickEvaluationQuery = { tickEvaluation: { state: TickEvaluationState, result: unknown, error: unknown, eventCursor: string | null } | null };

export type ExplainAutomationQueryVariables = Exact<{
  assetKey: string;
  checkName?: string | null | undefined;
  partitionKey?: string | null | undefined;
}>;


export type ExplainAutomationQuery = { explainAutomation: { problem: string | null, offWith: string | null, evaluations: number, evaluatedAt: string | null, now: { at: string, isRequested: boolean, tree: unknown, looksAt: Array<string> | null, until: string | null, blockers: Array<{ name: string, target: string, wanted: boolean, event: string }> } | null, latest: Array<{ timestamp: string, requestedCount: number, runIds: Array<string>, backfillId: string | null, problem: string | null }> } | null };

export type AutomationPartsFragment = { isOn: boolean, groups: Array<{ name: string, conditions: number, problems: Array<string>, isOn: boolean }> };

export type AutomationQueryVariables = Exact<{ [key: string]: never; }>;


export type AutomationQuery = { automation: { isOn: boolean, groups: Array<{ name: string, conditions: number, problems: Array<string>, isOn: boolean }> } };

export type SwitchAutomationMutationVariables = Exact<{
  group?: string | null | undefined;
  on: boolean;
}>;


export type SwitchAutomationMutation = { switchAutomation:
    | { __typename: 'AutomationSwitches', isOn: boolean, groups: Array<{ name: string, conditions: number, problems: Array<string>, isOn: boolean }> }
    | { __typename: 'InvalidInput', message: string }
   };

export type SyncCodeLocationsMutationVariables = Exact<{
  locations: Array<CodeLocationInput> | CodeLocationInput;
  prune: boolean;
  dryRun: boolean;
}>;


export type SyncCodeLocationsMutation = { syncCodeLocations:
    | { __typename: 'SyncedCodeLocations', locations: Array<{ name: string, change: CodeLocationSyncChange, revision: number | null, document: Array<{ field: string, before: unknown, after: unknown }> }> }
    | { __typename: 'InvalidInput', message: string }
   };

export type DrainAgentMutationVariables = Exact<{
  id: string;
  drained: boolean;
}>;


export type DrainAgentMutation = { drainAgent: { report: unknown } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ContainerPartsFragmentDoc = new TypedDocumentString(`
    fragment ContainerParts on ContainerValue {
  setting
  name
  value
  from
  overrides
}
    `, {"fragmentName":"ContainerParts"}) as unknown as TypedDocumentString<ContainerPartsFragment, unknown>;
export const PoolClaimFragmentDoc = new TypedDocumentString(`
    fragment PoolClaim on PoolClaim {
  stepKey
  since
  run {
    id
    jobName
    assetKeys
  }
}
    `, {"fragmentName":"PoolClaim"}) as unknown as TypedDocumentString<PoolClaimFragment, unknown>;
export const BulkOperationFragmentDoc = new TypedDocumentString(`
    fragment BulkOperation on BulkOperation {
  id
  kind
  status
  total
  done
  refused
  refusals {
    runId
    message
  }
  createdAt
}
    `, {"fragmentName":"BulkOperation"}) as unknown as TypedDocumentString<BulkOperationFragment, unknown>;
export const BackfillFieldsFragmentDoc = new TypedDocumentString(`
    fragment BackfillFields on Backfill {
  id
  title
  status
  paused
  message
  jobName
  runCount
  createdAt
  endedAt
  targets {
    key
    targeted
    waiting
    running
    materialized
    failed
    skipped
  }
}
    `, {"fragmentName":"BackfillFields"}) as unknown as TypedDocumentString<BackfillFieldsFragment, unknown>;
export const InstigatorPartsFragmentDoc = new TypedDocumentString(`
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}
    `, {"fragmentName":"InstigatorParts"}) as unknown as TypedDocumentString<InstigatorPartsFragment, unknown>;
export const TickPartsFragmentDoc = new TypedDocumentString(`
    fragment TickParts on TickPage {
  nodes {
    id
    scheduledAt
    status
    isWaiting
    skipReason
    error
    runIds
    startedAt
    finishedAt
    logs {
      timestamp
      level
      message
    }
  }
  hasMore
}
    `, {"fragmentName":"TickParts"}) as unknown as TypedDocumentString<TickPartsFragment, unknown>;
export const AutomationPartsFragmentDoc = new TypedDocumentString(`
    fragment AutomationParts on AutomationSwitches {
  isOn
  groups {
    name
    conditions
    problems
    isOn
  }
}
    `, {"fragmentName":"AutomationParts"}) as unknown as TypedDocumentString<AutomationPartsFragment, unknown>;
export const DeploymentDocument = new TypedDocumentString(`
    query Deployment {
  deployment {
    id
    name
    settings
    queuedRuns
    activeRuns
  }
}
    `) as unknown as TypedDocumentString<DeploymentQuery, DeploymentQueryVariables>;
export const LocationDocument = new TypedDocumentString(`
    query Location($name: String!) {
  codeLocation(name: $name) {
    name
    revision
    serving {
      revision
      state
      codeDigest
    }
    latest {
      revision
      state
      error
      warnings
    }
    assetCount
  }
}
    `) as unknown as TypedDocumentString<LocationQuery, LocationQueryVariables>;
export const SetCodeLocationDocument = new TypedDocumentString(`
    mutation SetCodeLocation($name: String!, $document: JSON!) {
  setCodeLocation(name: $name, document: $document) {
    __typename
    ... on CodeLocation {
      name
      revision
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetCodeLocationMutation, SetCodeLocationMutationVariables>;
export const ReloadCodeLocationDocument = new TypedDocumentString(`
    mutation ReloadCodeLocation($name: String!) {
  reloadCodeLocation(name: $name) {
    name
    revision
  }
}
    `) as unknown as TypedDocumentString<ReloadCodeLocationMutation, ReloadCodeLocationMutationVariables>;
export const CreateAgentTokenDocument = new TypedDocumentString(`
    mutation CreateAgentToken($name: String!, $queues: [String!]) {
  createAgentToken(name: $name, queues: $queues) {
    token
  }
}
    `) as unknown as TypedDocumentString<CreateAgentTokenMutation, CreateAgentTokenMutationVariables>;
export const AgentTokensDocument = new TypedDocumentString(`
    query AgentTokens {
  agentTokens {
    id
    name
    queues
    createdAt
    lastUsedAt
    revokedAt
  }
}
    `) as unknown as TypedDocumentString<AgentTokensQuery, AgentTokensQueryVariables>;
export const AgentsDocument = new TypedDocumentString(`
    query Agents {
  agents {
    id
    name
    kind
    version
    hostname
    queues
    state
    startedAt
    lastHeartbeatAt
    drainedAt
    report
  }
}
    `) as unknown as TypedDocumentString<AgentsQuery, AgentsQueryVariables>;
export const RemoveAgentDocument = new TypedDocumentString(`
    mutation RemoveAgent($id: ID!) {
  removeAgent(id: $id)
}
    `) as unknown as TypedDocumentString<RemoveAgentMutation, RemoveAgentMutationVariables>;
export const RevokeAgentTokenDocument = new TypedDocumentString(`
    mutation RevokeAgentToken($id: ID!) {
  revokeAgentToken(id: $id)
}
    `) as unknown as TypedDocumentString<RevokeAgentTokenMutation, RevokeAgentTokenMutationVariables>;
export const CodeLocationsDocument = new TypedDocumentString(`
    query CodeLocations {
  codeLocations {
    name
    document
    revision
    serving {
      revision
    }
    latest {
      revision
      state
      error
      warnings
      agentId
      createdAt
      loadedAt
    }
    assetCount
    runsPausedAt
  }
}
    `) as unknown as TypedDocumentString<CodeLocationsQuery, CodeLocationsQueryVariables>;
export const LocationHistoryDocument = new TypedDocumentString(`
    query LocationHistory($name: String!) {
  codeLocation(name: $name) {
    name
    document
    revision
    serving {
      revision
    }
    latest {
      revision
      state
      error
      failure
      retryAt
      warnings
      agentId
      createdAt
      loadedAt
    }
    assetCount
    runsPausedAt
    versions {
      nodes {
        revision
        state
        document
        gitCommit
        askedBy
        reason
        basedOn
        createdAt
        loadedAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LocationHistoryQuery, LocationHistoryQueryVariables>;
export const LocationContainerDocument = new TypedDocumentString(`
    query LocationContainer($name: String!, $jobName: String, $tags: [TagInput!]) {
  codeLocation(name: $name) {
    container(jobName: $jobName, tags: $tags) {
      ...ContainerParts
    }
  }
}
    fragment ContainerParts on ContainerValue {
  setting
  name
  value
  from
  overrides
}`) as unknown as TypedDocumentString<LocationContainerQuery, LocationContainerQueryVariables>;
export const RunContainerDocument = new TypedDocumentString(`
    query RunContainer($id: ID!) {
  run(id: $id) {
    container {
      ...ContainerParts
    }
  }
}
    fragment ContainerParts on ContainerValue {
  setting
  name
  value
  from
  overrides
}`) as unknown as TypedDocumentString<RunContainerQuery, RunContainerQueryVariables>;
export const LocationChangesDocument = new TypedDocumentString(`
    query LocationChanges($name: String!, $from: Int, $to: Int) {
  codeLocation(name: $name) {
    changes(from: $from, to: $to) {
      from
      to
      isCodeChanged
      document {
        field
        before
        after
      }
      counts {
        kind
        added
        removed
        changed
      }
      changes {
        kind
        name
        change
        fields {
          field
          before
          after
        }
      }
      hasMore
    }
  }
}
    `) as unknown as TypedDocumentString<LocationChangesQuery, LocationChangesQueryVariables>;
export const RollbackCodeLocationDocument = new TypedDocumentString(`
    mutation RollbackCodeLocation($name: String!, $revision: Int) {
  rollbackCodeLocation(name: $name, revision: $revision) {
    __typename
    ... on CodeLocationRolledBack {
      basedOn
      warning
      location {
        name
        revision
      }
    }
    ... on InvalidInput {
      message
    }
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RollbackCodeLocationMutation, RollbackCodeLocationMutationVariables>;
export const RemoveCodeLocationDocument = new TypedDocumentString(`
    mutation RemoveCodeLocation($name: String!) {
  removeCodeLocation(name: $name)
}
    `) as unknown as TypedDocumentString<RemoveCodeLocationMutation, RemoveCodeLocationMutationVariables>;
export const LaunchRunDocument = new TypedDocumentString(`
    mutation LaunchRun($input: LaunchRunInput!) {
  launchRun(input: $input) {
    __typename
    ... on LaunchedRun {
      run {
        id
        status
        jobName
        locationName
      }
    }
    ... on RunConfigInvalid {
      message
      errors {
        path
        message
      }
    }
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<LaunchRunMutation, LaunchRunMutationVariables>;
export const TerminateRunDocument = new TypedDocumentString(`
    mutation TerminateRun($id: ID!) {
  terminateRun(id: $id) {
    __typename
    ... on Run {
      id
      status
    }
    ... on RunAlreadyFinished {
      message
    }
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TerminateRunMutation, TerminateRunMutationVariables>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($filter: RunsFilter, $after: ID, $limit: Int!) {
  runs(filter: $filter, after: $after, limit: $limit) {
    nodes {
      id
      status
      jobName
      assetKeys
      locationName
      partitionKey
      partitionRange {
        start
        end
      }
      createdAt
      startedAt
      endedAt
      failureMessage
    }
    hasMore
  }
}
    `) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const RunOutputPlaceDocument = new TypedDocumentString(`
    query RunOutputPlace($id: ID!, $attempt: Int) {
  run(id: $id) {
    outputPlace(attempt: $attempt) {
      place
      link
    }
  }
}
    `) as unknown as TypedDocumentString<RunOutputPlaceQuery, RunOutputPlaceQueryVariables>;
export const RunDocument = new TypedDocumentString(`
    query Run($id: ID!) {
  run(id: $id) {
    id
    status
    jobName
    locationName
    partitionKey
    partitionRange {
      start
      end
    }
    createdAt
    startedAt
    endedAt
    failureReason
    failureMessage
    retryAt
    retryRunId
    assetKeys
    attempt
    tags {
      key
      value
    }
    runConfig
    steps {
      key
      state
      startedAt
      endedAt
      waitingUntil
      attempts
      error
    }
    failures: events(types: ["STEP_FAILURE"], limit: 20) {
      nodes {
        event
      }
    }
    worker {
      agentId
      place
      state
      leaseUntil
      unreachableSince
      blockedSince
    }
    waits {
      kind
      message
      stepKey
      holders {
        id
        jobName
        assetKeys
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunQuery, RunQueryVariables>;
export const PoolsDocument = new TypedDocumentString(`
    query Pools($name: String) {
  pools(name: $name) {
    name
    limit
    isDefault
    granularity
    holders {
      ...PoolClaim
    }
    waiting {
      ...PoolClaim
    }
  }
}
    fragment PoolClaim on PoolClaim {
  stepKey
  since
  run {
    id
    jobName
    assetKeys
  }
}`) as unknown as TypedDocumentString<PoolsQuery, PoolsQueryVariables>;
export const SetPoolLimitDocument = new TypedDocumentString(`
    mutation SetPoolLimit($name: String!, $limit: Int) {
  setPoolLimit(name: $name, limit: $limit) {
    __typename
    ... on Pool {
      name
      limit
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetPoolLimitMutation, SetPoolLimitMutationVariables>;
export const PauseCodeLocationDocument = new TypedDocumentString(`
    mutation PauseCodeLocation($name: String!, $paused: Boolean!) {
  pauseCodeLocation(name: $name, paused: $paused) {
    name
    runsPausedAt
  }
}
    `) as unknown as TypedDocumentString<PauseCodeLocationMutation, PauseCodeLocationMutationVariables>;
export const BulkOperationsDocument = new TypedDocumentString(`
    query BulkOperations($limit: Int!) {
  bulkOperations(limit: $limit) {
    ...BulkOperation
  }
}
    fragment BulkOperation on BulkOperation {
  id
  kind
  status
  total
  done
  refused
  refusals {
    runId
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<BulkOperationsQuery, BulkOperationsQueryVariables>;
export const BulkOperationDocument = new TypedDocumentString(`
    query BulkOperation($id: ID!) {
  bulkOperation(id: $id) {
    ...BulkOperation
  }
}
    fragment BulkOperation on BulkOperation {
  id
  kind
  status
  total
  done
  refused
  refusals {
    runId
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<BulkOperationQuery, BulkOperationQueryVariables>;
export const CancelRunsDocument = new TypedDocumentString(`
    mutation CancelRuns($filter: RunsFilter!) {
  operation: cancelRuns(filter: $filter) {
    ...BulkOperation
  }
}
    fragment BulkOperation on BulkOperation {
  id
  kind
  status
  total
  done
  refused
  refusals {
    runId
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<CancelRunsMutation, CancelRunsMutationVariables>;
export const ReexecuteRunsDocument = new TypedDocumentString(`
    mutation ReexecuteRuns($filter: RunsFilter!, $strategy: BulkReexecutionStrategy!) {
  operation: reexecuteRuns(filter: $filter, strategy: $strategy) {
    ...BulkOperation
  }
}
    fragment BulkOperation on BulkOperation {
  id
  kind
  status
  total
  done
  refused
  refusals {
    runId
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<ReexecuteRunsMutation, ReexecuteRunsMutationVariables>;
export const DeleteRunsDocument = new TypedDocumentString(`
    mutation DeleteRuns($filter: RunsFilter!) {
  operation: deleteRuns(filter: $filter) {
    ...BulkOperation
  }
}
    fragment BulkOperation on BulkOperation {
  id
  kind
  status
  total
  done
  refused
  refusals {
    runId
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<DeleteRunsMutation, DeleteRunsMutationVariables>;
export const WipeAssetsDocument = new TypedDocumentString(`
    mutation WipeAssets($keys: [String!], $selection: String) {
  operation: wipeAssets(keys: $keys, selection: $selection) {
    __typename
    ... on BulkOperation {
      ...BulkOperation
    }
    ... on InvalidInput {
      message
    }
  }
}
    fragment BulkOperation on BulkOperation {
  id
  kind
  status
  total
  done
  refused
  refusals {
    runId
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<WipeAssetsMutation, WipeAssetsMutationVariables>;
export const StopBulkOperationDocument = new TypedDocumentString(`
    mutation StopBulkOperation($id: ID!) {
  stopBulkOperation(id: $id) {
    ...BulkOperation
  }
}
    fragment BulkOperation on BulkOperation {
  id
  kind
  status
  total
  done
  refused
  refusals {
    runId
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<StopBulkOperationMutation, StopBulkOperationMutationVariables>;
export const ReexecuteRunDocument = new TypedDocumentString(`
    mutation ReexecuteRun($id: ID!, $strategy: ReexecutionStrategy!, $stepSelection: [String!], $includeDownstream: Boolean!) {
  reexecuteRun(
    id: $id
    strategy: $strategy
    stepSelection: $stepSelection
    includeDownstream: $includeDownstream
  ) {
    __typename
    ... on LaunchedRun {
      run {
        id
      }
    }
    ... on RunConfigInvalid {
      message
      errors {
        path
        message
      }
    }
    ... on UnknownDefinition {
      message
    }
    ... on RunNotReexecutable {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ReexecuteRunMutation, ReexecuteRunMutationVariables>;
export const AssetsDocument = new TypedDocumentString(`
    query Assets($search: String, $archived: Boolean!, $after: String, $limit: Int!) {
  assets(search: $search, archived: $archived, after: $after, limit: $limit) {
    nodes {
      key
      group
      state
      kinds
      locationName
      latestMaterialization {
        timestamp
      }
      partitions {
        kind
        count
        materialized
      }
    }
    hasMore
  }
}
    `) as unknown as TypedDocumentString<AssetsQuery, AssetsQueryVariables>;
export const WipeAssetDocument = new TypedDocumentString(`
    mutation WipeAsset($key: String!, $partitionKeys: [String!]) {
  change: wipeAsset(key: $key, partitionKeys: $partitionKeys) {
    __typename
    ... on AssetChanged {
      key
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<WipeAssetMutation, WipeAssetMutationVariables>;
export const ArchiveAssetDocument = new TypedDocumentString(`
    mutation ArchiveAsset($key: String!, $archived: Boolean!) {
  change: archiveAsset(key: $key, archived: $archived) {
    __typename
    ... on AssetChanged {
      key
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ArchiveAssetMutation, ArchiveAssetMutationVariables>;
export const DynamicPartitionsDocument = new TypedDocumentString(`
    query DynamicPartitions($name: String!, $after: String, $limit: Int!) {
  dynamicPartitions(name: $name, after: $after, limit: $limit) {
    nodes {
      key
    }
    cursor
  }
}
    `) as unknown as TypedDocumentString<DynamicPartitionsQuery, DynamicPartitionsQueryVariables>;
export const AddDynamicPartitionsDocument = new TypedDocumentString(`
    mutation AddDynamicPartitions($name: String!, $keys: [String!]!) {
  change: addDynamicPartitions(name: $name, keys: $keys) {
    __typename
    ... on DynamicPartitionsChanged {
      count
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AddDynamicPartitionsMutation, AddDynamicPartitionsMutationVariables>;
export const DeleteDynamicPartitionsDocument = new TypedDocumentString(`
    mutation DeleteDynamicPartitions($name: String!, $keys: [String!]!) {
  change: deleteDynamicPartitions(name: $name, keys: $keys) {
    __typename
    ... on DynamicPartitionsChanged {
      count
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteDynamicPartitionsMutation, DeleteDynamicPartitionsMutationVariables>;
export const BackfillsDocument = new TypedDocumentString(`
    query Backfills($limit: Int!) {
  backfills(limit: $limit) {
    nodes {
      ...BackfillFields
    }
  }
}
    fragment BackfillFields on Backfill {
  id
  title
  status
  paused
  message
  jobName
  runCount
  createdAt
  endedAt
  targets {
    key
    targeted
    waiting
    running
    materialized
    failed
    skipped
  }
}`) as unknown as TypedDocumentString<BackfillsQuery, BackfillsQueryVariables>;
export const BackfillDocument = new TypedDocumentString(`
    query Backfill($id: ID!) {
  backfill(id: $id) {
    ...BackfillFields
  }
}
    fragment BackfillFields on Backfill {
  id
  title
  status
  paused
  message
  jobName
  runCount
  createdAt
  endedAt
  targets {
    key
    targeted
    waiting
    running
    materialized
    failed
    skipped
  }
}`) as unknown as TypedDocumentString<BackfillQuery, BackfillQueryVariables>;
export const LaunchBackfillDocument = new TypedDocumentString(`
    mutation LaunchBackfill($input: LaunchBackfillInput!) {
  launchBackfill(input: $input) {
    __typename
    ... on LaunchedBackfill {
      backfill {
        id
      }
    }
    ... on InvalidInput {
      message
    }
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<LaunchBackfillMutation, LaunchBackfillMutationVariables>;
export const RelaunchBackfillDocument = new TypedDocumentString(`
    mutation RelaunchBackfill($id: ID!, $strategy: BackfillStrategy!) {
  relaunchBackfill(id: $id, strategy: $strategy) {
    __typename
    ... on LaunchedBackfill {
      backfill {
        id
      }
    }
    ... on InvalidInput {
      message
    }
    ... on UnknownDefinition {
      message
    }
    ... on BackfillNotInState {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RelaunchBackfillMutation, RelaunchBackfillMutationVariables>;
export const CancelBackfillDocument = new TypedDocumentString(`
    mutation CancelBackfill($id: ID!) {
  cancelBackfill(id: $id) {
    __typename
    ... on Backfill {
      status
    }
    ... on UnknownDefinition {
      message
    }
    ... on BackfillNotInState {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelBackfillMutation, CancelBackfillMutationVariables>;
export const SetBackfillPausedDocument = new TypedDocumentString(`
    mutation SetBackfillPaused($id: ID!, $paused: Boolean!) {
  setBackfillPaused(id: $id, paused: $paused) {
    __typename
    ... on Backfill {
      id
    }
    ... on UnknownDefinition {
      message
    }
    ... on BackfillNotInState {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetBackfillPausedMutation, SetBackfillPausedMutationVariables>;
export const DeploymentSettingsDocument = new TypedDocumentString(`
    query DeploymentSettings {
  deployment {
    settings
  }
}
    `) as unknown as TypedDocumentString<DeploymentSettingsQuery, DeploymentSettingsQueryVariables>;
export const SetDeploymentSettingsDocument = new TypedDocumentString(`
    mutation SetDeploymentSettings($settings: JSON!) {
  setDeploymentSettings(settings: $settings) {
    __typename
    ... on Deployment {
      settings
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetDeploymentSettingsMutation, SetDeploymentSettingsMutationVariables>;
export const ReportAssetEventDocument = new TypedDocumentString(`
    mutation ReportAssetEvent($input: ReportAssetEventInput!) {
  report: reportAssetEvent(input: $input) {
    __typename
    ... on ReportedAssetEvent {
      isNew
    }
    ... on InvalidReport {
      message
    }
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ReportAssetEventMutation, ReportAssetEventMutationVariables>;
export const SchedulesDocument = new TypedDocumentString(`
    query Schedules {
  schedules {
    name
    locationName
    cron
    timezone
    state {
      ...InstigatorParts
    }
  }
}
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}`) as unknown as TypedDocumentString<SchedulesQuery, SchedulesQueryVariables>;
export const SensorsDocument = new TypedDocumentString(`
    query Sensors {
  sensors {
    name
    locationName
    kind
    minimumIntervalSeconds
    state {
      ...InstigatorParts
    }
  }
}
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}`) as unknown as TypedDocumentString<SensorsQuery, SensorsQueryVariables>;
export const ScheduleTicksDocument = new TypedDocumentString(`
    query ScheduleTicks($locationName: String!, $name: String!, $limit: Int!, $after: ID, $statuses: [TickStatus!]) {
  instigator: schedule(locationName: $locationName, name: $name) {
    state {
      ticks(limit: $limit, after: $after, statuses: $statuses) {
        ...TickParts
      }
    }
  }
}
    fragment TickParts on TickPage {
  nodes {
    id
    scheduledAt
    status
    isWaiting
    skipReason
    error
    runIds
    startedAt
    finishedAt
    logs {
      timestamp
      level
      message
    }
  }
  hasMore
}`) as unknown as TypedDocumentString<ScheduleTicksQuery, ScheduleTicksQueryVariables>;
export const SensorTicksDocument = new TypedDocumentString(`
    query SensorTicks($locationName: String!, $name: String!, $limit: Int!, $after: ID, $statuses: [TickStatus!]) {
  instigator: sensor(locationName: $locationName, name: $name) {
    state {
      ticks(limit: $limit, after: $after, statuses: $statuses) {
        ...TickParts
      }
    }
  }
}
    fragment TickParts on TickPage {
  nodes {
    id
    scheduledAt
    status
    isWaiting
    skipReason
    error
    runIds
    startedAt
    finishedAt
    logs {
      timestamp
      level
      message
    }
  }
  hasMore
}`) as unknown as TypedDocumentString<SensorTicksQuery, SensorTicksQueryVariables>;
export const StartScheduleDocument = new TypedDocumentString(`
    mutation StartSchedule($locationName: String!, $name: String!) {
  switched: startSchedule(locationName: $locationName, name: $name) {
    state {
      ...InstigatorParts
    }
  }
}
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}`) as unknown as TypedDocumentString<StartScheduleMutation, StartScheduleMutationVariables>;
export const StopScheduleDocument = new TypedDocumentString(`
    mutation StopSchedule($locationName: String!, $name: String!) {
  switched: stopSchedule(locationName: $locationName, name: $name) {
    state {
      ...InstigatorParts
    }
  }
}
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}`) as unknown as TypedDocumentString<StopScheduleMutation, StopScheduleMutationVariables>;
export const ResetScheduleDocument = new TypedDocumentString(`
    mutation ResetSchedule($locationName: String!, $name: String!) {
  switched: resetSchedule(locationName: $locationName, name: $name) {
    state {
      ...InstigatorParts
    }
  }
}
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}`) as unknown as TypedDocumentString<ResetScheduleMutation, ResetScheduleMutationVariables>;
export const StartSensorDocument = new TypedDocumentString(`
    mutation StartSensor($locationName: String!, $name: String!) {
  switched: startSensor(locationName: $locationName, name: $name) {
    state {
      ...InstigatorParts
    }
  }
}
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}`) as unknown as TypedDocumentString<StartSensorMutation, StartSensorMutationVariables>;
export const StopSensorDocument = new TypedDocumentString(`
    mutation StopSensor($locationName: String!, $name: String!) {
  switched: stopSensor(locationName: $locationName, name: $name) {
    state {
      ...InstigatorParts
    }
  }
}
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}`) as unknown as TypedDocumentString<StopSensorMutation, StopSensorMutationVariables>;
export const ResetSensorDocument = new TypedDocumentString(`
    mutation ResetSensor($locationName: String!, $name: String!) {
  switched: resetSensor(locationName: $locationName, name: $name) {
    state {
      ...InstigatorParts
    }
  }
}
    fragment InstigatorParts on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  cursor
  latestTick {
    status
    startedAt
  }
}`) as unknown as TypedDocumentString<ResetSensorMutation, ResetSensorMutationVariables>;
export const SetSensorCursorDocument = new TypedDocumentString(`
    mutation SetSensorCursor($locationName: String!, $name: String!, $cursor: String) {
  setSensorCursor(locationName: $locationName, name: $name, cursor: $cursor) {
    state {
      cursor
    }
  }
}
    `) as unknown as TypedDocumentString<SetSensorCursorMutation, SetSensorCursorMutationVariables>;
export const EvaluateScheduleDocument = new TypedDocumentString(`
    mutation EvaluateSchedule($locationName: String!, $name: String!, $at: DateTime) {
  evaluation: evaluateSchedule(locationName: $locationName, name: $name, at: $at) {
    id
  }
}
    `) as unknown as TypedDocumentString<EvaluateScheduleMutation, EvaluateScheduleMutationVariables>;
export const EvaluateSensorDocument = new TypedDocumentString(`
    mutation EvaluateSensor($locationName: String!, $name: String!, $cursor: String, $eventCursor: String) {
  evaluation: evaluateSensor(
    locationName: $locationName
    name: $name
    cursor: $cursor
    eventCursor: $eventCursor
  ) {
    id
  }
}
    `) as unknown as TypedDocumentString<EvaluateSensorMutation, EvaluateSensorMutationVariables>;
export const TickEvaluationDocument = new TypedDocumentString(`
    query TickEvaluation($id: ID!) {
  tickEvaluation(id: $id) {
    state
    result
    error
    eventCursor
  }
}
    `) as unknown as TypedDocumentString<TickEvaluationQuery, TickEvaluationQueryVariables>;
export const ExplainAutomationDocument = new TypedDocumentString(`
    query ExplainAutomation($assetKey: String!, $checkName: String, $partitionKey: String) {
  explainAutomation(assetKey: $assetKey, checkName: $checkName) {
    problem
    offWith
    evaluations
    evaluatedAt
    now(partitionKey: $partitionKey) {
      at
      isRequested
      blockers {
        name
        target
        wanted
        event
      }
      tree
      looksAt
      until
    }
    latest(limit: 1) {
      timestamp
      requestedCount
      runIds
      backfillId
      problem
    }
  }
}
    `) as unknown as TypedDocumentString<ExplainAutomationQuery, ExplainAutomationQueryVariables>;
export const AutomationDocument = new TypedDocumentString(`
    query Automation {
  automation {
    ...AutomationParts
  }
}
    fragment AutomationParts on AutomationSwitches {
  isOn
  groups {
    name
    conditions
    problems
    isOn
  }
}`) as unknown as TypedDocumentString<AutomationQuery, AutomationQueryVariables>;
export const SwitchAutomationDocument = new TypedDocumentString(`
    mutation SwitchAutomation($group: String, $on: Boolean!) {
  switchAutomation(group: $group, on: $on) {
    __typename
    ... on AutomationSwitches {
      ...AutomationParts
    }
    ... on InvalidInput {
      message
    }
  }
}
    fragment AutomationParts on AutomationSwitches {
  isOn
  groups {
    name
    conditions
    problems
    isOn
  }
}`) as unknown as TypedDocumentString<SwitchAutomationMutation, SwitchAutomationMutationVariables>;
export const SyncCodeLocationsDocument = new TypedDocumentString(`
    mutation SyncCodeLocations($locations: [CodeLocationInput!]!, $prune: Boolean!, $dryRun: Boolean!) {
  syncCodeLocations(locations: $locations, prune: $prune, dryRun: $dryRun) {
    __typename
    ... on SyncedCodeLocations {
      locations {
        name
        change
        revision
        document {
          field
          before
          after
        }
      }
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SyncCodeLocationsMutation, SyncCodeLocationsMutationVariables>;
export const DrainAgentDocument = new TypedDocumentString(`
    mutation DrainAgent($id: ID!, $drained: Boolean!) {
  drainAgent(id: $id, drained: $drained) {
    report
  }
}
    `) as unknown as TypedDocumentString<DrainAgentMutation, DrainAgentMutationVariables>;
