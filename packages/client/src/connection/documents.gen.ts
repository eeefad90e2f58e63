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

export type LogStream =
  | 'STDOUT'
  | 'STDERR';

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

/** Whether an asset is up to date with its code and its inputs. */
export type StaleStatus =
  /** It is, or the question has no answer: an external asset. */
  | 'FRESH'
  /** It is not; the causes say why. A partitioned asset: some of its partitions are not. */
  | 'STALE'
  /** It was never materialized, nor was any of its partitions; a virtual asset: nothing behind it was. */
  | 'MISSING';

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

export type LaunchRunMutationVariables = Exact<{
  input: LaunchRunInput;
}>;


export type LaunchRunMutation = { launchRun:
    | { __typename: 'LaunchedRun', run: { id: string } }
    | { __typename: 'RunConfigInvalid', errors: Array<{ path: string, message: string }> }
    | { __typename: 'UnknownDefinition', message: string, code: string }
   };

export type RunFieldsFragment = { id: string, status: RunStatus, jobName: string, locationName: string, partitionKey: string | null, assetKeys: Array<string>, failureReason: string | null, failureMessage: string | null, createdAt: string, startedAt: string | null, endedAt: string | null, partitionRange: { start: string, end: string } | null, tags: Array<{ key: string, value: string }> };

export type RunStateQueryVariables = Exact<{
  id: string;
}>;


export type RunStateQuery = { run: { id: string, status: RunStatus, jobName: string, locationName: string, partitionKey: string | null, assetKeys: Array<string>, failureReason: string | null, failureMessage: string | null, createdAt: string, startedAt: string | null, endedAt: string | null, partitionRange: { start: string, end: string } | null, tags: Array<{ key: string, value: string }> } | null };

export type RunsQueryVariables = Exact<{
  filter?: RunsFilter | null | undefined;
  after?: string | null | undefined;
  limit: number;
}>;


export type RunsQuery = { runs: { nodes: Array<{ id: string, status: RunStatus, jobName: string, locationName: string, partitionKey: string | null, assetKeys: Array<string>, failureReason: string | null, failureMessage: string | null, createdAt: string, startedAt: string | null, endedAt: string | null, partitionRange: { start: string, end: string } | null, tags: Array<{ key: string, value: string }> }> } };

export type RunEventsQueryVariables = Exact<{
  id: string;
  after: number;
  limit: number;
}>;


export type RunEventsQuery = { run: { status: RunStatus, events: { lastPosition: number, hasMore: boolean, nodes: Array<{ position: number, event: unknown }> } } | null };

export type RunLogsQueryVariables = Exact<{
  id: string;
  stream: LogStream;
  stepKey?: string | null | undefined;
  attempt?: number | null | undefined;
  fromByte: number;
}>;


export type RunLogsQuery = { run: { status: RunStatus, attempt: number, logs: { text: string, nextByte: number, size: number } } | null };

export type TerminateRunMutationVariables = Exact<{
  id: string;
}>;


export type TerminateRunMutation = { terminateRun:
    | { __typename: 'Run' }
    | { __typename: 'RunAlreadyFinished' }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type AssetEventFieldsFragment = { runId: string | null, partitionKey: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, reportedBy: string | null, description: string | null, timestamp: string };

export type AssetQueryVariables = Exact<{
  key: string;
}>;


export type AssetQuery = { asset: { key: string, locationName: string, group: string, description: string | null, state: AssetState, staleStatus: StaleStatus | null, partitions: { count: number, materialized: number, failed: number, stale: number | null } | null, latestMaterialization: { runId: string | null, partitionKey: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, reportedBy: string | null, description: string | null, timestamp: string } | null, latestObservation: { runId: string | null, partitionKey: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, reportedBy: string | null, description: string | null, timestamp: string } | null, checks: Array<{ name: string, description: string | null, blocking: boolean, latestEvaluation: { runId: string | null, passed: boolean, severity: string, partitionKey: string | null, metadata: unknown, reportedBy: string | null, timestamp: string } | null }> } | null };

export type ReportAssetEventMutationVariables = Exact<{
  input: ReportAssetEventInput;
}>;


export type ReportAssetEventMutation = { report:
    | { __typename: 'ReportedAssetEvent', isNew: boolean }
    | { __typename: 'InvalidReport', message: string }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type ReexecuteRunMutationVariables = Exact<{
  id: string;
  strategy: ReexecutionStrategy;
  stepSelection?: Array<string> | string | null | undefined;
  includeDownstream: boolean;
}>;


export type ReexecuteRunMutation = { answer:
    | { __typename: 'LaunchedRun', run: { id: string } }
    | { __typename: 'RunConfigInvalid', errors: Array<{ path: string, message: string }> }
    | { __typename: 'UnknownDefinition', message: string, code: string }
    | { __typename: 'RunNotReexecutable', message: string, code: string }
   };

export type BackfillStateFieldsFragment = { id: string, title: string | null, status: BackfillStatus, paused: boolean, message: string | null, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, tags: Array<{ key: string, value: string }>, targets: Array<{ key: string, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> };

export type BackfillStateQueryVariables = Exact<{
  id: string;
}>;


export type BackfillStateQuery = { backfill: { id: string, title: string | null, status: BackfillStatus, paused: boolean, message: string | null, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, tags: Array<{ key: string, value: string }>, targets: Array<{ key: string, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> } | null };

export type BackfillsQueryVariables = Exact<{
  statuses?: Array<BackfillStatus> | BackfillStatus | null | undefined;
  after?: string | null | undefined;
  limit: number;
}>;


export type BackfillsQuery = { backfills: { nodes: Array<{ id: string, title: string | null, status: BackfillStatus, paused: boolean, message: string | null, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, tags: Array<{ key: string, value: string }>, targets: Array<{ key: string, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> }> } };

export type LaunchBackfillMutationVariables = Exact<{
  input: LaunchBackfillInput;
}>;


export type LaunchBackfillMutation = { answer:
    | { __typename: 'LaunchedBackfill', backfill: { id: string } }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'UnknownDefinition', message: string, code: string }
   };

export type RelaunchBackfillMutationVariables = Exact<{
  id: string;
  strategy: BackfillStrategy;
}>;


export type RelaunchBackfillMutation = { answer:
    | { __typename: 'LaunchedBackfill', backfill: { id: string } }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'UnknownDefinition', message: string, code: string }
    | { __typename: 'BackfillNotInState', message: string }
   };

export type CancelBackfillMutationVariables = Exact<{
  id: string;
}>;


export type CancelBackfillMutation = { answer:
    | { __typename: 'Backfill' }
    | { __typename: 'UnknownDefinition', message: string, code: string }
    | { __typename: 'BackfillNotInState', message: string }
   };

export type SetBackfillPausedMutationVariables = Exact<{
  id: string;
  paused: boolean;
}>;


export type SetBackfillPausedMutation = { answer:
    | { __typename: 'Backfill' }
    | { __typename: 'UnknownDefinition', message: string, code: string }
    | { __typename: 'BackfillNotInState', message: string }
   };

export type AssetsQueryVariables = Exact<{
  search?: string | null | undefined;
  group?: string | null | undefined;
  after?: string | null | undefined;
  limit: number;
}>;


export type AssetsQuery = { assets: { nodes: Array<{ key: string, locationName: string, group: string, description: string | null, state: AssetState, partitions: { count: number, materialized: number, failed: number, stale: number | null } | null, latestMaterialization: { timestamp: string } | null }> } };

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
export const RunFieldsFragmentDoc = new TypedDocumentString(`
    fragment RunFields on Run {
  id
  status
  jobName
  locationName
  partitionKey
  partitionRange {
    start
    end
  }
  tags {
    key
    value
  }
  assetKeys
  failureReason
  failureMessage
  createdAt
  startedAt
  endedAt
}
    `, {"fragmentName":"RunFields"}) as unknown as TypedDocumentString<RunFieldsFragment, unknown>;
export const AssetEventFieldsFragmentDoc = new TypedDocumentString(`
    fragment AssetEventFields on AssetEvent {
  runId
  partitionKey
  metadata
  tags
  dataVersion
  reportedBy
  description
  timestamp
}
    `, {"fragmentName":"AssetEventFields"}) as unknown as TypedDocumentString<AssetEventFieldsFragment, unknown>;
export const BackfillStateFieldsFragmentDoc = new TypedDocumentString(`
    fragment BackfillStateFields on Backfill {
  id
  title
  status
  paused
  message
  jobName
  tags {
    key
    value
  }
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
    `, {"fragmentName":"BackfillStateFields"}) as unknown as TypedDocumentString<BackfillStateFieldsFragment, unknown>;
export const LaunchRunDocument = new TypedDocumentString(`
    mutation LaunchRun($input: LaunchRunInput!) {
  launchRun(input: $input) {
    __typename
    ... on LaunchedRun {
      run {
        id
      }
    }
    ... on RunConfigInvalid {
      errors {
        path
        message
      }
    }
    ... on UnknownDefinition {
      message
      code
    }
  }
}
    `) as unknown as TypedDocumentString<LaunchRunMutation, LaunchRunMutationVariables>;
export const RunStateDocument = new TypedDocumentString(`
    query RunState($id: ID!) {
  run(id: $id) {
    ...RunFields
  }
}
    fragment RunFields on Run {
  id
  status
  jobName
  locationName
  partitionKey
  partitionRange {
    start
    end
  }
  tags {
    key
    value
  }
  assetKeys
  failureReason
  failureMessage
  createdAt
  startedAt
  endedAt
}`) as unknown as TypedDocumentString<RunStateQuery, RunStateQueryVariables>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($filter: RunsFilter, $after: ID, $limit: Int!) {
  runs(filter: $filter, after: $after, limit: $limit) {
    nodes {
      ...RunFields
    }
  }
}
    fragment RunFields on Run {
  id
  status
  jobName
  locationName
  partitionKey
  partitionRange {
    start
    end
  }
  tags {
    key
    value
  }
  assetKeys
  failureReason
  failureMessage
  createdAt
  startedAt
  endedAt
}`) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const RunEventsDocument = new TypedDocumentString(`
    query RunEvents($id: ID!, $after: Int!, $limit: Int!) {
  run(id: $id) {
    status
    events(after: $after, limit: $limit) {
      nodes {
        position
        event
      }
      lastPosition
      hasMore
    }
  }
}
    `) as unknown as TypedDocumentString<RunEventsQuery, RunEventsQueryVariables>;
export const RunLogsDocument = new TypedDocumentString(`
    query RunLogs($id: ID!, $stream: LogStream!, $stepKey: String, $attempt: Int, $fromByte: Float!) {
  run(id: $id) {
    status
    attempt
    logs(stream: $stream, stepKey: $stepKey, attempt: $attempt, fromByte: $fromByte) {
      text
      nextByte
      size
    }
  }
}
    `) as unknown as TypedDocumentString<RunLogsQuery, RunLogsQueryVariables>;
export const TerminateRunDocument = new TypedDocumentString(`
    mutation TerminateRun($id: ID!) {
  terminateRun(id: $id) {
    __typename
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TerminateRunMutation, TerminateRunMutationVariables>;
export const AssetDocument = new TypedDocumentString(`
    query Asset($key: String!) {
  asset(key: $key) {
    key
    locationName
    group
    description
    state
    staleStatus
    partitions {
      count
      materialized
      failed
      stale
    }
    latestMaterialization {
      ...AssetEventFields
    }
    latestObservation {
      ...AssetEventFields
    }
    checks {
      name
      description
      blocking
      latestEvaluation {
        runId
        passed
        severity
        partitionKey
        metadata
        reportedBy
        timestamp
      }
    }
  }
}
    fragment AssetEventFields on AssetEvent {
  runId
  partitionKey
  metadata
  tags
  dataVersion
  reportedBy
  description
  timestamp
}`) as unknown as TypedDocumentString<AssetQuery, AssetQueryVariables>;
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
export const ReexecuteRunDocument = new TypedDocumentString(`
    mutation ReexecuteRun($id: ID!, $strategy: ReexecutionStrategy!, $stepSelection: [String!], $includeDownstream: Boolean!) {
  answer: reexecuteRun(
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
      errors {
        path
        message
      }
    }
    ... on UnknownDefinition {
      message
      code
    }
    ... on RunNotReexecutable {
      message
      code
    }
  }
}
    `) as unknown as TypedDocumentString<ReexecuteRunMutation, ReexecuteRunMutationVariables>;
export const BackfillStateDocument = new TypedDocumentString(`
    query BackfillState($id: ID!) {
  backfill(id: $id) {
    ...BackfillStateFields
  }
}
    fragment BackfillStateFields on Backfill {
  id
  title
  status
  paused
  message
  jobName
  tags {
    key
    value
  }
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
}`) as unknown as TypedDocumentString<BackfillStateQuery, BackfillStateQueryVariables>;
export const BackfillsDocument = new TypedDocumentString(`
    query Backfills($statuses: [BackfillStatus!], $after: ID, $limit: Int!) {
  backfills(statuses: $statuses, after: $after, limit: $limit) {
    nodes {
      ...BackfillStateFields
    }
  }
}
    fragment BackfillStateFields on Backfill {
  id
  title
  status
  paused
  message
  jobName
  tags {
    key
    value
  }
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
export const LaunchBackfillDocument = new TypedDocumentString(`
    mutation LaunchBackfill($input: LaunchBackfillInput!) {
  answer: launchBackfill(input: $input) {
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
      code
    }
  }
}
    `) as unknown as TypedDocumentString<LaunchBackfillMutation, LaunchBackfillMutationVariables>;
export const RelaunchBackfillDocument = new TypedDocumentString(`
    mutation RelaunchBackfill($id: ID!, $strategy: BackfillStrategy!) {
  answer: relaunchBackfill(id: $id, strategy: $strategy) {
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
      code
    }
    ... on BackfillNotInState {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RelaunchBackfillMutation, RelaunchBackfillMutationVariables>;
export const CancelBackfillDocument = new TypedDocumentString(`
    mutation CancelBackfill($id: ID!) {
  answer: cancelBackfill(id: $id) {
    __typename
    ... on UnknownDefinition {
      message
      code
    }
    ... on BackfillNotInState {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelBackfillMutation, CancelBackfillMutationVariables>;
export const SetBackfillPausedDocument = new TypedDocumentString(`
    mutation SetBackfillPaused($id: ID!, $paused: Boolean!) {
  answer: setBackfillPaused(id: $id, paused: $paused) {
    __typename
    ... on UnknownDefinition {
      message
      code
    }
    ... on BackfillNotInState {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetBackfillPausedMutation, SetBackfillPausedMutationVariables>;
export const AssetsDocument = new TypedDocumentString(`
    query Assets($search: String, $group: String, $after: String, $limit: Int!) {
  assets(search: $search, group: $group, after: $after, limit: $limit) {
    nodes {
      key
      locationName
      group
      description
      state
      partitions {
        count
        materialized
        failed
        stale
      }
      latestMaterialization {
        timestamp
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AssetsQuery, AssetsQueryVariables>;
