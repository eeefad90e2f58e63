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

export type RunOriginKind =
  | 'USER'
  | 'SCHEDULE'
  | 'SENSOR'
  | 'AUTOMATION'
  | 'BACKFILL'
  | 'RETRY';

export type StepState =
  | 'pending'
  | 'running'
  | 'success'
  | 'failure'
  | 'skipped'
  | 'waiting'
  | 'retrying'
  | 'abandoned';

export type LogStream =
  | 'STDOUT'
  | 'STDERR';

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

export type RunsQueryVariables = Exact<{
  filter?: RunsFilter | null | undefined;
  after?: string | null | undefined;
  limit: number;
}>;


export type RunsQuery = { runs: { hasMore: boolean, nodes: Array<{ id: string, status: RunStatus, jobName: string, locationName: string, failureReason: string | null, failureMessage: string | null, assetKeys: Array<string>, partitionKey: string | null, createdAt: string, startedAt: string | null, endedAt: string | null, waitingUntil: string | null, partitionRange: { start: string, end: string } | null, tags: Array<{ key: string, value: string }> }> } };

export type RunQueryVariables = Exact<{
  id: string;
}>;


export type RunQuery = { run: { id: string, status: RunStatus, jobName: string, locationName: string, failureReason: string | null, failureMessage: string | null, runConfig: unknown, assetSelection: Array<string> | null, checkSelection: Array<string> | null, stepSelection: Array<string> | null, assetKeys: Array<string>, partitionKey: string | null, partitionCount: number, priority: number, attempt: number, retryAt: string | null, retryRunId: string | null, rootRunId: string | null, parentRunId: string | null, createdAt: string, startedAt: string | null, endedAt: string | null, waitingUntil: string | null, partitionRange: { start: string, end: string } | null, origin: { kind: RunOriginKind, name: string | null }, tags: Array<{ key: string, value: string }>, worker: { agentId: string | null, place: string | null, leaseUntil: string, unreachableSince: string | null, blockedSince: string | null, state: AttemptState } | null, steps: Array<{ key: string, state: StepState, upstream: Array<string>, assetKeys: Array<string>, startedAt: string | null, endedAt: string | null, waitingUntil: string | null, attempts: number, error: unknown, failureMetadata: unknown }> } | null };

export type RunWaitsQueryVariables = Exact<{
  id: string;
}>;


export type RunWaitsQuery = { run: { waits: Array<{ kind: RunWaitKind, message: string, stepKey: string | null, limit: number | null, holders: Array<{ id: string, jobName: string, assetKeys: Array<string> }> }> } | null };

export type RunGroupQueryVariables = Exact<{
  rootId: string;
  tag: TagInput;
  limit: number;
}>;


export type RunGroupQuery = { run: { id: string, status: RunStatus, createdAt: string, parentRunId: string | null, tags: Array<{ key: string, value: string }> } | null, runs: { hasMore: boolean, nodes: Array<{ id: string, status: RunStatus, createdAt: string, parentRunId: string | null, tags: Array<{ key: string, value: string }> }> } };

export type RunOfGroupFragment = { id: string, status: RunStatus, createdAt: string, parentRunId: string | null, tags: Array<{ key: string, value: string }> };

export type RunEventsQueryVariables = Exact<{
  id: string;
  after: number;
  limit: number;
}>;


export type RunEventsQuery = { run: { events: { lastPosition: number, hasMore: boolean, nodes: Array<{ position: number, attempt: number, type: string, timestamp: string, stepKey: string | null, level: string | null, message: string, event: unknown }> } } | null };

export type RunLogsQueryVariables = Exact<{
  id: string;
  stream: LogStream;
  stepKey?: string | null | undefined;
  attempt?: number | null | undefined;
  fromByte: number;
  maxBytes: number;
}>;


export type RunLogsQuery = { run: { logs: { text: string, fromByte: number, nextByte: number, size: number } } | null };

export type RunOutputPlaceQueryVariables = Exact<{
  id: string;
  attempt?: number | null | undefined;
}>;


export type RunOutputPlaceQuery = { run: { outputPlace: { place: string, link: string | null } | null } | null };

export type RunLogSearchQueryVariables = Exact<{
  id: string;
  stream: LogStream;
  attempt?: number | null | undefined;
  text: string;
  fromByte: number;
}>;


export type RunLogSearchQuery = { run: { logSearch: { nextByte: number, size: number, matches: Array<{ fromByte: number, lineNumber: number | null, text: string }> } } | null };

export type LaunchDescriptionQueryVariables = Exact<{
  locationName?: string | null | undefined;
  jobName?: string | null | undefined;
  assetSelection?: Array<string> | string | null | undefined;
}>;


export type LaunchDescriptionQuery = { launchDescription:
    | { __typename: 'LaunchDescription', locationName: string, jobName: string, configSchema: unknown, defaultConfig: unknown, partitions: Array<unknown> }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type LaunchRunMutationVariables = Exact<{
  input: LaunchRunInput;
}>;


export type LaunchRunMutation = { launchRun:
    | { __typename: 'LaunchedRun', run: { id: string } }
    | { __typename: 'RunConfigInvalid', message: string }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type TerminateRunMutationVariables = Exact<{
  id: string;
}>;


export type TerminateRunMutation = { terminateRun:
    | { __typename: 'Run', id: string, status: RunStatus }
    | { __typename: 'RunAlreadyFinished', message: string, status: RunStatus }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type ReexecuteRunMutationVariables = Exact<{
  id: string;
  strategy: ReexecutionStrategy;
  stepSelection?: Array<string> | string | null | undefined;
  includeDownstream: boolean;
}>;


export type ReexecuteRunMutation = { reexecuteRun:
    | { __typename: 'LaunchedRun', run: { id: string } }
    | { __typename: 'RunConfigInvalid', message: string }
    | { __typename: 'UnknownDefinition', message: string }
    | { __typename: 'RunNotReexecutable', message: string }
   };

export type DynamicPartitionsQueryVariables = Exact<{
  name: string;
  after?: string | null | undefined;
}>;


export type DynamicPartitionsQuery = { dynamicPartitions: { cursor: string | null, nodes: Array<{ key: string }> } };

export type AddDynamicPartitionsMutationVariables = Exact<{
  name: string;
  keys: Array<string> | string;
}>;


export type AddDynamicPartitionsMutation = { addDynamicPartitions:
    | { __typename: 'DynamicPartitionsChanged' }
    | { __typename: 'InvalidInput', message: string }
   };

export type CancelRunsMutationVariables = Exact<{
  filter: RunsFilter;
}>;


export type CancelRunsMutation = { operation: { id: string } };

export type ReexecuteRunsMutationVariables = Exact<{
  filter: RunsFilter;
  strategy: BulkReexecutionStrategy;
}>;


export type ReexecuteRunsMutation = { operation: { id: string } };

export type DeleteRunsMutationVariables = Exact<{
  filter: RunsFilter;
}>;


export type DeleteRunsMutation = { operation: { id: string } };

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
export const RunOfGroupFragmentDoc = new TypedDocumentString(`
    fragment RunOfGroup on Run {
  id
  status
  createdAt
  parentRunId
  tags {
    key
    value
  }
}
    `, {"fragmentName":"RunOfGroup"}) as unknown as TypedDocumentString<RunOfGroupFragment, unknown>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($filter: RunsFilter, $after: ID, $limit: Int!) {
  runs(filter: $filter, after: $after, limit: $limit) {
    hasMore
    nodes {
      id
      status
      jobName
      locationName
      failureReason
      failureMessage
      assetKeys
      partitionKey
      partitionRange {
        start
        end
      }
      createdAt
      startedAt
      endedAt
      waitingUntil
      tags {
        key
        value
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const RunDocument = new TypedDocumentString(`
    query Run($id: ID!) {
  run(id: $id) {
    id
    status
    jobName
    locationName
    failureReason
    failureMessage
    runConfig
    assetSelection
    checkSelection
    stepSelection
    assetKeys
    partitionKey
    partitionRange {
      start
      end
    }
    partitionCount
    priority
    attempt
    retryAt
    retryRunId
    rootRunId
    parentRunId
    origin {
      kind
      name
    }
    createdAt
    startedAt
    endedAt
    waitingUntil
    tags {
      key
      value
    }
    worker {
      agentId
      place
      leaseUntil
      unreachableSince
      blockedSince
      state
    }
    steps {
      key
      state
      upstream
      assetKeys
      startedAt
      endedAt
      waitingUntil
      attempts
      error
      failureMetadata
    }
  }
}
    `) as unknown as TypedDocumentString<RunQuery, RunQueryVariables>;
export const RunWaitsDocument = new TypedDocumentString(`
    query RunWaits($id: ID!) {
  run(id: $id) {
    waits {
      kind
      message
      stepKey
      limit
      holders {
        id
        jobName
        assetKeys
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunWaitsQuery, RunWaitsQueryVariables>;
export const RunGroupDocument = new TypedDocumentString(`
    query RunGroup($rootId: ID!, $tag: TagInput!, $limit: Int!) {
  run(id: $rootId) {
    ...RunOfGroup
  }
  runs(filter: { tags: [$tag] }, limit: $limit) {
    hasMore
    nodes {
      ...RunOfGroup
    }
  }
}
    fragment RunOfGroup on Run {
  id
  status
  createdAt
  parentRunId
  tags {
    key
    value
  }
}`) as unknown as TypedDocumentString<RunGroupQuery, RunGroupQueryVariables>;
export const RunEventsDocument = new TypedDocumentString(`
    query RunEvents($id: ID!, $after: Int!, $limit: Int!) {
  run(id: $id) {
    events(after: $after, limit: $limit) {
      lastPosition
      hasMore
      nodes {
        position
        attempt
        type
        timestamp
        stepKey
        level
        message
        event
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunEventsQuery, RunEventsQueryVariables>;
export const RunLogsDocument = new TypedDocumentString(`
    query RunLogs($id: ID!, $stream: LogStream!, $stepKey: String, $attempt: Int, $fromByte: Float!, $maxBytes: Int!) {
  run(id: $id) {
    logs(
      stream: $stream
      stepKey: $stepKey
      attempt: $attempt
      fromByte: $fromByte
      maxBytes: $maxBytes
    ) {
      text
      fromByte
      nextByte
      size
    }
  }
}
    `) as unknown as TypedDocumentString<RunLogsQuery, RunLogsQueryVariables>;
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
export const RunLogSearchDocument = new TypedDocumentString(`
    query RunLogSearch($id: ID!, $stream: LogStream!, $attempt: Int, $text: String!, $fromByte: Float!) {
  run(id: $id) {
    logSearch(stream: $stream, attempt: $attempt, text: $text, fromByte: $fromByte) {
      matches {
        fromByte
        lineNumber
        text
      }
      nextByte
      size
    }
  }
}
    `) as unknown as TypedDocumentString<RunLogSearchQuery, RunLogSearchQueryVariables>;
export const LaunchDescriptionDocument = new TypedDocumentString(`
    query LaunchDescription($locationName: String, $jobName: String, $assetSelection: [String!]) {
  launchDescription(
    locationName: $locationName
    jobName: $jobName
    assetSelection: $assetSelection
  ) {
    __typename
    ... on LaunchDescription {
      locationName
      jobName
      configSchema
      defaultConfig
      partitions
    }
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<LaunchDescriptionQuery, LaunchDescriptionQueryVariables>;
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
      message
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
      status
    }
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TerminateRunMutation, TerminateRunMutationVariables>;
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
export const DynamicPartitionsDocument = new TypedDocumentString(`
    query DynamicPartitions($name: String!, $after: String) {
  dynamicPartitions(name: $name, after: $after) {
    nodes {
      key
    }
    cursor
  }
}
    `) as unknown as TypedDocumentString<DynamicPartitionsQuery, DynamicPartitionsQueryVariables>;
export const AddDynamicPartitionsDocument = new TypedDocumentString(`
    mutation AddDynamicPartitions($name: String!, $keys: [String!]!) {
  addDynamicPartitions(name: $name, keys: $keys) {
    __typename
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AddDynamicPartitionsMutation, AddDynamicPartitionsMutationVariables>;
export const CancelRunsDocument = new TypedDocumentString(`
    mutation CancelRuns($filter: RunsFilter!) {
  operation: cancelRuns(filter: $filter) {
    id
  }
}
    `) as unknown as TypedDocumentString<CancelRunsMutation, CancelRunsMutationVariables>;
export const ReexecuteRunsDocument = new TypedDocumentString(`
    mutation ReexecuteRuns($filter: RunsFilter!, $strategy: BulkReexecutionStrategy!) {
  operation: reexecuteRuns(filter: $filter, strategy: $strategy) {
    id
  }
}
    `) as unknown as TypedDocumentString<ReexecuteRunsMutation, ReexecuteRunsMutationVariables>;
export const DeleteRunsDocument = new TypedDocumentString(`
    mutation DeleteRuns($filter: RunsFilter!) {
  operation: deleteRuns(filter: $filter) {
    id
  }
}
    `) as unknown as TypedDocumentString<DeleteRunsMutation, DeleteRunsMutationVariables>;
