/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type AssetEventKind =
  | 'materialization'
  | 'observation';

/** What a worker must do, told with every answer to it. */
export type Directive =
  /** Go on. */
  | 'CONTINUE'
  /** Interrupt the user's code and end as canceled. */
  | 'CANCEL'
  /** Another attempt, or a final status, has taken over: stop; nothing you send is kept. */
  | 'SUPERSEDED';

/** How a worker ended, as far as its launcher can tell. */
export type WorkerEndCause =
  /** By itself. */
  | 'EXITED'
  /** By a signal from outside. */
  | 'SIGNALED'
  | 'OUT_OF_MEMORY'
  /** Its machine was needed for something else, or is gone. */
  | 'EVICTED'
  /** It is gone, and nobody saw how. */
  | 'LOST'
  /** It never came to its run. */
  | 'NEVER_STARTED';

export type RunStatus =
  | 'QUEUED'
  | 'STARTING'
  | 'STARTED'
  | 'CANCELING'
  | 'SUCCESS'
  | 'FAILURE'
  | 'CANCELED';

export type PartitionState =
  | 'missing'
  | 'materialized'
  | 'failed';

export type LocationState =
  | 'LOADING'
  | 'LOADED'
  | 'FAILED';

export type RegisterAgentInput = {
  agentId: string;
  name: string;
  kind: string;
  version: string;
  hostname: string;
  queues: Array<string>;
};

export type CodeServerReport = {
  locationName: string;
  revision: number;
  codeDigest?: string | null | undefined;
  /** Where it runs, for people. */
  place?: string | null | undefined;
  /** starting, serving, failed */
  state: string;
};

export type RunWorkerReport = {
  runId: string;
  attempt: number;
  /** Where it runs, for people. */
  place?: string | null | undefined;
};

export type HeartbeatInput = {
  agentId: string;
  codeServers: Array<CodeServerReport>;
  runWorkers: Array<RunWorkerReport>;
  errors: Array<unknown>;
};

export type AssetPlaceInput = {
  assetKey: string;
  /** Null: the asset as a whole. */
  partition?: string | null | undefined;
};

export type AssetHistoryFilter = {
  assetKey: string;
  /** Null: all events of the asset. */
  partition?: string | null | undefined;
  kind: AssetEventKind;
  limit: number;
};

export type StartAttemptInput = {
  runId: string;
  attempt: number;
  /** Random, made by the worker itself; told with all that it says. */
  workerId: string;
  /** Where it runs, for people, such as `4711@host`. */
  place: string;
  /** The agent that launched it. */
  agentId?: string | null | undefined;
  codeDigest?: string | null | undefined;
  /** The worker for which the launch began the attempt (see `WorkerOffer`), and which never had it. */
  insteadOf?: string | null | undefined;
};

export type WorkerExitInput = {
  agentId: string;
  runId: string;
  attempt: number;
  /** The id it told with `startAttempt`, where that is known. */
  workerId?: string | null | undefined;
  how: WorkerEndCause;
  /** Of one that exited, where it is known. */
  exitCode?: number | null | undefined;
  /** What else is known: the signal, the limit that was passed, why it was evicted or not started. */
  detail?: string | null | undefined;
  /** The last lines of its standard error, at most 4 KB. */
  lastOutput?: string | null | undefined;
};

export type TagInput = {
  key: string;
  value: string;
};

export type SeenRunFilter = {
  runId?: string | null | undefined;
  jobName?: string | null | undefined;
  statuses?: Array<RunStatus> | null | undefined;
  assetKey?: string | null | undefined;
  /** Runs of it, or of a range that it is in. */
  partitionKey?: string | null | undefined;
  tags: Array<TagInput>;
  /** ISO-8601 instant. */
  createdAfter?: string | null | undefined;
  limit: number;
};

export type ReportLocationInput = {
  agentId: string;
  name: string;
  revision: number;
  state: LocationState;
  codeDigest?: string | null | undefined;
  snapshotDigest?: string | null | undefined;
  /** A LocationError when the state is FAILED. */
  error?: unknown;
  /** What is odd about definitions that loaded all the same. */
  warnings?: Array<string> | null | undefined;
};

/** A worker that stands by: the next launch of its version may begin its attempt for it at once. */
export type WorkerOffer = {
  locationName: string;
  revision: number;
  codeDigest: string;
  /** Random, made by the worker itself; it is to have one run at most. */
  workerId: string;
  /** Where it runs, for people, such as `4711@host`. */
  place: string;
};

export type WorkResult = {
  itemId: string;
  result?: unknown;
};

export type RegisterAgentMutationVariables = Exact<{
  input: RegisterAgentInput;
}>;


export type RegisterAgentMutation = { registerAgent: { heartbeatSeconds: number, workerHeartbeatSeconds: number, standbyWorkers: number, stepValueRetentionDays: number } };

export type HeartbeatMutationVariables = Exact<{
  input: HeartbeatInput;
}>;


export type HeartbeatMutation = { heartbeat: { heartbeatSeconds: number, workerHeartbeatSeconds: number, standbyWorkers: number, stepValueRetentionDays: number } };

export type ExpiredRunsQueryVariables = Exact<{
  agentId: string;
  runIds: Array<string> | string;
}>;


export type ExpiredRunsQuery = { expiredRuns: Array<string> };

export type UnregisterAgentMutationVariables = Exact<{
  agentId: string;
}>;


export type UnregisterAgentMutation = { unregisterAgent: boolean };

export type DesiredLocationsMutationVariables = Exact<{
  haveRevision?: string | null | undefined;
  waitMs: number;
}>;


export type DesiredLocationsMutation = { desiredLocations: { revision: string, locations: Array<{ name: string, revision: number, document: unknown }> } };

export type ClaimWorkMutationVariables = Exact<{
  agentId: string;
  queues: Array<string> | string;
  max: number;
  maxTicks?: number | null | undefined;
  offers?: Array<WorkerOffer> | WorkerOffer | null | undefined;
  waitMs: number;
}>;


export type ClaimWorkMutation = { claimWork: Array<{ id: string, kind: string, payload: unknown, deliveries: number, isStarted: boolean, leaseMs: number }> };

export type ExtendLeasesMutationVariables = Exact<{
  agentId: string;
  itemIds: Array<string> | string;
}>;


export type ExtendLeasesMutation = { extendLeases: Array<string> };

export type CompleteWorkMutationVariables = Exact<{
  agentId: string;
  itemId: string;
  result?: unknown;
}>;


export type CompleteWorkMutation = { completeWork: boolean };

export type CompleteWorksMutationVariables = Exact<{
  agentId: string;
  results: Array<WorkResult> | WorkResult;
}>;


export type CompleteWorksMutation = { completeWorks: Array<string> };

export type FailWorkMutationVariables = Exact<{
  agentId: string;
  itemId: string;
  transient: boolean;
  error: unknown;
}>;


export type FailWorkMutation = { failWork: boolean };

export type MissingSnapshotsMutationVariables = Exact<{
  digests: Array<string> | string;
}>;


export type MissingSnapshotsMutation = { missingSnapshots: Array<string> };

export type ReportLocationMutationVariables = Exact<{
  input: ReportLocationInput;
}>;


export type ReportLocationMutation = { reportLocation: boolean };

export type ReportWorkerExitMutationVariables = Exact<{
  input: WorkerExitInput;
}>;


export type ReportWorkerExitMutation = { reportWorkerExit: Directive };

export type StartAttemptMutationVariables = Exact<{
  input: StartAttemptInput;
}>;


export type StartAttemptMutation = { startAttempt: Directive };

export type AppendEventsMutationVariables = Exact<{
  runId: string;
  attempt: number;
  workerId?: string | null | undefined;
  firstSequence: number;
  events: Array<unknown> | unknown;
}>;


export type AppendEventsMutation = { appendEvents: { nextSequence: number, directive: Directive } };

export type PutLogChunkMutationVariables = Exact<{
  runId: string;
  attempt: number;
  workerId?: string | null | undefined;
  stream: string;
  offset: number;
  bytes: string;
}>;


export type PutLogChunkMutation = { putLogChunk: { nextOffset: number, directive: Directive } };

export type NoteLogChunkMutationVariables = Exact<{
  runId: string;
  attempt: number;
  workerId?: string | null | undefined;
  stream: string;
  offset: number;
  length: number;
  lineCount: number;
  place: string;
  link?: string | null | undefined;
}>;


export type NoteLogChunkMutation = { noteLogChunk: { nextOffset: number, directive: Directive } };

export type AttemptHeartbeatMutationVariables = Exact<{
  runId: string;
  attempt: number;
  workerId?: string | null | undefined;
  blockedSeconds?: number | null | undefined;
  heldBy?: string | null | undefined;
}>;


export type AttemptHeartbeatMutation = { attemptHeartbeat: Directive };

export type DynamicPartitionsQueryVariables = Exact<{
  runId?: string | null | undefined;
  attempt?: number | null | undefined;
  name: string;
  after?: string | null | undefined;
}>;


export type DynamicPartitionsQuery = { dynamicPartitions: { keys: Array<string>, cursor: string | null } };

export type AddDynamicPartitionsMutationVariables = Exact<{
  runId: string;
  attempt: number;
  name: string;
  keys: Array<string> | string;
}>;


export type AddDynamicPartitionsMutation = { addDynamicPartitions: number };

export type DeleteDynamicPartitionsMutationVariables = Exact<{
  runId: string;
  attempt: number;
  name: string;
  keys: Array<string> | string;
}>;


export type DeleteDynamicPartitionsMutation = { deleteDynamicPartitions: number };

export type ClaimPoolSlotMutationVariables = Exact<{
  runId: string;
  attempt: number;
  stepKey: string;
  pool: string;
  waitMs: number;
}>;


export type ClaimPoolSlotMutation = { claimPoolSlot: boolean };

export type FreePoolSlotMutationVariables = Exact<{
  runId: string;
  attempt: number;
  stepKey: string;
}>;


export type FreePoolSlotMutation = { freePoolSlot: boolean };

export type AssetStatesQueryVariables = Exact<{
  runId?: string | null | undefined;
  attempt?: number | null | undefined;
  places: Array<AssetPlaceInput> | AssetPlaceInput;
}>;


export type AssetStatesQuery = { assetStates: Array<{ dataVersion: string | null, materialization: { sequence: number, timestamp: number, runId: string | null, partition: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, codeVersion: string | null, provenance: unknown } | null, observation: { sequence: number, timestamp: number, runId: string | null, partition: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, codeVersion: string | null, provenance: unknown } | null }> };

export type AssetStateEventFragment = { sequence: number, timestamp: number, runId: string | null, partition: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, codeVersion: string | null, provenance: unknown };

export type AssetHistoryQueryVariables = Exact<{
  filter: AssetHistoryFilter;
}>;


export type AssetHistoryQuery = { assetHistory: Array<{ sequence: number, timestamp: number, runId: string | null, partition: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, codeVersion: string | null, provenance: unknown }> };

export type RunsQueryVariables = Exact<{
  filter: SeenRunFilter;
}>;


export type RunsQuery = { runs: Array<{ runId: string, locationName: string, jobName: string, status: RunStatus, partitionKey: string | null, tags: unknown, createdAt: string, startedAt: string | null, endedAt: string | null, failedSteps: Array<string>, error: unknown, willRetry: boolean, url: string }> };

export type AssetPartitionsQueryVariables = Exact<{
  assetKey: string;
  state: PartitionState;
  after?: string | null | undefined;
}>;


export type AssetPartitionsQuery = { assetPartitions: { keys: Array<string>, cursor: string | null } };

export type LaunchedRunKeysQueryVariables = Exact<{
  keys: Array<string> | string;
}>;


export type LaunchedRunKeysQuery = { launchedRunKeys: Array<string> };

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
export const AssetStateEventFragmentDoc = new TypedDocumentString(`
    fragment AssetStateEvent on AssetStateEvent {
  sequence
  timestamp
  runId
  partition
  metadata
  tags
  dataVersion
  codeVersion
  provenance
}
    `, {"fragmentName":"AssetStateEvent"}) as unknown as TypedDocumentString<AssetStateEventFragment, unknown>;
export const RegisterAgentDocument = new TypedDocumentString(`
    mutation RegisterAgent($input: RegisterAgentInput!) {
  registerAgent(input: $input) {
    heartbeatSeconds
    workerHeartbeatSeconds
    standbyWorkers
    stepValueRetentionDays
  }
}
    `) as unknown as TypedDocumentString<RegisterAgentMutation, RegisterAgentMutationVariables>;
export const HeartbeatDocument = new TypedDocumentString(`
    mutation Heartbeat($input: HeartbeatInput!) {
  heartbeat(input: $input) {
    heartbeatSeconds
    workerHeartbeatSeconds
    standbyWorkers
    stepValueRetentionDays
  }
}
    `) as unknown as TypedDocumentString<HeartbeatMutation, HeartbeatMutationVariables>;
export const ExpiredRunsDocument = new TypedDocumentString(`
    query ExpiredRuns($agentId: ID!, $runIds: [ID!]!) {
  expiredRuns(agentId: $agentId, runIds: $runIds)
}
    `) as unknown as TypedDocumentString<ExpiredRunsQuery, ExpiredRunsQueryVariables>;
export const UnregisterAgentDocument = new TypedDocumentString(`
    mutation UnregisterAgent($agentId: ID!) {
  unregisterAgent(agentId: $agentId)
}
    `) as unknown as TypedDocumentString<UnregisterAgentMutation, UnregisterAgentMutationVariables>;
export const DesiredLocationsDocument = new TypedDocumentString(`
    mutation DesiredLocations($haveRevision: String, $waitMs: Int!) {
  desiredLocations(haveRevision: $haveRevision, waitMs: $waitMs) {
    revision
    locations {
      name
      revision
      document
    }
  }
}
    `) as unknown as TypedDocumentString<DesiredLocationsMutation, DesiredLocationsMutationVariables>;
export const ClaimWorkDocument = new TypedDocumentString(`
    mutation ClaimWork($agentId: ID!, $queues: [String!]!, $max: Int!, $maxTicks: Int, $offers: [WorkerOffer!], $waitMs: Int!) {
  claimWork(
    agentId: $agentId
    queues: $queues
    max: $max
    maxTicks: $maxTicks
    offers: $offers
    waitMs: $waitMs
  ) {
    id
    kind
    payload
    deliveries
    isStarted
    leaseMs
  }
}
    `) as unknown as TypedDocumentString<ClaimWorkMutation, ClaimWorkMutationVariables>;
export const ExtendLeasesDocument = new TypedDocumentString(`
    mutation ExtendLeases($agentId: ID!, $itemIds: [ID!]!) {
  extendLeases(agentId: $agentId, itemIds: $itemIds)
}
    `) as unknown as TypedDocumentString<ExtendLeasesMutation, ExtendLeasesMutationVariables>;
export const CompleteWorkDocument = new TypedDocumentString(`
    mutation CompleteWork($agentId: ID!, $itemId: ID!, $result: JSON) {
  completeWork(agentId: $agentId, itemId: $itemId, result: $result)
}
    `) as unknown as TypedDocumentString<CompleteWorkMutation, CompleteWorkMutationVariables>;
export const CompleteWorksDocument = new TypedDocumentString(`
    mutation CompleteWorks($agentId: ID!, $results: [WorkResult!]!) {
  completeWorks(agentId: $agentId, results: $results)
}
    `) as unknown as TypedDocumentString<CompleteWorksMutation, CompleteWorksMutationVariables>;
export const FailWorkDocument = new TypedDocumentString(`
    mutation FailWork($agentId: ID!, $itemId: ID!, $transient: Boolean!, $error: JSON!) {
  failWork(
    agentId: $agentId
    itemId: $itemId
    transient: $transient
    error: $error
  )
}
    `) as unknown as TypedDocumentString<FailWorkMutation, FailWorkMutationVariables>;
export const MissingSnapshotsDocument = new TypedDocumentString(`
    mutation MissingSnapshots($digests: [String!]!) {
  missingSnapshots(digests: $digests)
}
    `) as unknown as TypedDocumentString<MissingSnapshotsMutation, MissingSnapshotsMutationVariables>;
export const ReportLocationDocument = new TypedDocumentString(`
    mutation ReportLocation($input: ReportLocationInput!) {
  reportLocation(input: $input)
}
    `) as unknown as TypedDocumentString<ReportLocationMutation, ReportLocationMutationVariables>;
export const ReportWorkerExitDocument = new TypedDocumentString(`
    mutation ReportWorkerExit($input: WorkerExitInput!) {
  reportWorkerExit(input: $input)
}
    `) as unknown as TypedDocumentString<ReportWorkerExitMutation, ReportWorkerExitMutationVariables>;
export const StartAttemptDocument = new TypedDocumentString(`
    mutation StartAttempt($input: StartAttemptInput!) {
  startAttempt(input: $input)
}
    `) as unknown as TypedDocumentString<StartAttemptMutation, StartAttemptMutationVariables>;
export const AppendEventsDocument = new TypedDocumentString(`
    mutation AppendEvents($runId: ID!, $attempt: Int!, $workerId: ID, $firstSequence: Int!, $events: [JSON!]!) {
  appendEvents(
    runId: $runId
    attempt: $attempt
    workerId: $workerId
    firstSequence: $firstSequence
    events: $events
  ) {
    nextSequence
    directive
  }
}
    `) as unknown as TypedDocumentString<AppendEventsMutation, AppendEventsMutationVariables>;
export const PutLogChunkDocument = new TypedDocumentString(`
    mutation PutLogChunk($runId: ID!, $attempt: Int!, $workerId: ID, $stream: String!, $offset: Float!, $bytes: Base64!) {
  putLogChunk(
    runId: $runId
    attempt: $attempt
    workerId: $workerId
    stream: $stream
    offset: $offset
    bytes: $bytes
  ) {
    nextOffset
    directive
  }
}
    `) as unknown as TypedDocumentString<PutLogChunkMutation, PutLogChunkMutationVariables>;
export const NoteLogChunkDocument = new TypedDocumentString(`
    mutation NoteLogChunk($runId: ID!, $attempt: Int!, $workerId: ID, $stream: String!, $offset: Float!, $length: Int!, $lineCount: Int!, $place: String!, $link: String) {
  noteLogChunk(
    runId: $runId
    attempt: $attempt
    workerId: $workerId
    stream: $stream
    offset: $offset
    length: $length
    lineCount: $lineCount
    place: $place
    link: $link
  ) {
    nextOffset
    directive
  }
}
    `) as unknown as TypedDocumentString<NoteLogChunkMutation, NoteLogChunkMutationVariables>;
export const AttemptHeartbeatDocument = new TypedDocumentString(`
    mutation AttemptHeartbeat($runId: ID!, $attempt: Int!, $workerId: ID, $blockedSeconds: Int, $heldBy: String) {
  attemptHeartbeat(
    runId: $runId
    attempt: $attempt
    workerId: $workerId
    blockedSeconds: $blockedSeconds
    heldBy: $heldBy
  )
}
    `) as unknown as TypedDocumentString<AttemptHeartbeatMutation, AttemptHeartbeatMutationVariables>;
export const DynamicPartitionsDocument = new TypedDocumentString(`
    query DynamicPartitions($runId: ID, $attempt: Int, $name: String!, $after: String) {
  dynamicPartitions(runId: $runId, attempt: $attempt, name: $name, after: $after) {
    keys
    cursor
  }
}
    `) as unknown as TypedDocumentString<DynamicPartitionsQuery, DynamicPartitionsQueryVariables>;
export const AddDynamicPartitionsDocument = new TypedDocumentString(`
    mutation AddDynamicPartitions($runId: ID!, $attempt: Int!, $name: String!, $keys: [String!]!) {
  addDynamicPartitions(runId: $runId, attempt: $attempt, name: $name, keys: $keys)
}
    `) as unknown as TypedDocumentString<AddDynamicPartitionsMutation, AddDynamicPartitionsMutationVariables>;
export const DeleteDynamicPartitionsDocument = new TypedDocumentString(`
    mutation DeleteDynamicPartitions($runId: ID!, $attempt: Int!, $name: String!, $keys: [String!]!) {
  deleteDynamicPartitions(
    runId: $runId
    attempt: $attempt
    name: $name
    keys: $keys
  )
}
    `) as unknown as TypedDocumentString<DeleteDynamicPartitionsMutation, DeleteDynamicPartitionsMutationVariables>;
export const ClaimPoolSlotDocument = new TypedDocumentString(`
    mutation ClaimPoolSlot($runId: ID!, $attempt: Int!, $stepKey: String!, $pool: String!, $waitMs: Int!) {
  claimPoolSlot(
    runId: $runId
    attempt: $attempt
    stepKey: $stepKey
    pool: $pool
    waitMs: $waitMs
  )
}
    `) as unknown as TypedDocumentString<ClaimPoolSlotMutation, ClaimPoolSlotMutationVariables>;
export const FreePoolSlotDocument = new TypedDocumentString(`
    mutation FreePoolSlot($runId: ID!, $attempt: Int!, $stepKey: String!) {
  freePoolSlot(runId: $runId, attempt: $attempt, stepKey: $stepKey)
}
    `) as unknown as TypedDocumentString<FreePoolSlotMutation, FreePoolSlotMutationVariables>;
export const AssetStatesDocument = new TypedDocumentString(`
    query AssetStates($runId: ID, $attempt: Int, $places: [AssetPlaceInput!]!) {
  assetStates(runId: $runId, attempt: $attempt, places: $places) {
    dataVersion
    materialization {
      ...AssetStateEvent
    }
    observation {
      ...AssetStateEvent
    }
  }
}
    fragment AssetStateEvent on AssetStateEvent {
  sequence
  timestamp
  runId
  partition
  metadata
  tags
  dataVersion
  codeVersion
  provenance
}`) as unknown as TypedDocumentString<AssetStatesQuery, AssetStatesQueryVariables>;
export const AssetHistoryDocument = new TypedDocumentString(`
    query AssetHistory($filter: AssetHistoryFilter!) {
  assetHistory(filter: $filter) {
    ...AssetStateEvent
  }
}
    fragment AssetStateEvent on AssetStateEvent {
  sequence
  timestamp
  runId
  partition
  metadata
  tags
  dataVersion
  codeVersion
  provenance
}`) as unknown as TypedDocumentString<AssetHistoryQuery, AssetHistoryQueryVariables>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($filter: SeenRunFilter!) {
  runs(filter: $filter) {
    runId
    locationName
    jobName
    status
    partitionKey
    tags
    createdAt
    startedAt
    endedAt
    failedSteps
    error
    willRetry
    url
  }
}
    `) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const AssetPartitionsDocument = new TypedDocumentString(`
    query AssetPartitions($assetKey: String!, $state: PartitionState!, $after: String) {
  assetPartitions(assetKey: $assetKey, state: $state, after: $after) {
    keys
    cursor
  }
}
    `) as unknown as TypedDocumentString<AssetPartitionsQuery, AssetPartitionsQueryVariables>;
export const LaunchedRunKeysDocument = new TypedDocumentString(`
    query LaunchedRunKeys($keys: [String!]!) {
  launchedRunKeys(keys: $keys)
}
    `) as unknown as TypedDocumentString<LaunchedRunKeysQuery, LaunchedRunKeysQueryVariables>;
