/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type AutomationQueryVariables = Exact<{ [key: string]: never; }>;


export type AutomationQuery = { automation: { isOn: boolean, jobProblems: Array<string>, groups: Array<{ name: string, conditions: number, problems: Array<string>, isOn: boolean }> }, schedules: Array<{ name: string, locationName: string, description: string | null, cron: Array<string>, timezone: string, jobName: string, state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, latestTick: { id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, latenessMs: number | null, logs: Array<{ timestamp: string, level: string, message: string }> } | null } }>, sensors: Array<{ name: string, locationName: string, description: string | null, kind: string, watch: unknown, minimumIntervalSeconds: number, jobNames: Array<string>, state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, latestTick: { id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, latenessMs: number | null, logs: Array<{ timestamp: string, level: string, message: string }> } | null } }> };

export type ShownInstigatorFragment = { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, latestTick: { id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, latenessMs: number | null, logs: Array<{ timestamp: string, level: string, message: string }> } | null };

export type ShownTickFragment = { id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, latenessMs: number | null, logs: Array<{ timestamp: string, level: string, message: string }> };

export type ScheduleQueryVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type ScheduleQuery = { schedule: { name: string, locationName: string, description: string | null, cron: Array<string>, timezone: string, jobName: string, catchup: unknown, runningByDefault: boolean, state: { status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, upcoming: Array<string>, latestTick: { id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, latenessMs: number | null, logs: Array<{ timestamp: string, level: string, message: string }> } | null } } | null };

export type SensorQueryVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type SensorQuery = { sensor: { name: string, locationName: string, description: string | null, kind: string, watch: unknown, minimumIntervalSeconds: number, timeoutSeconds: number, jobNames: Array<string>, runningByDefault: boolean, state: { cursor: string | null, eventCursor: string | null, status: InstigatorStatus, switchedTo: InstigatorStatus | null, problem: string | null, failures: number, nextTicks: Array<string>, latestTick: { id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, latenessMs: number | null, logs: Array<{ timestamp: string, level: string, message: string }> } | null } } | null };

export type ScheduleTicksQueryVariables = Exact<{
  locationName: string;
  name: string;
  limit: number;
  after?: string | null | undefined;
  statuses?: Array<TickStatus> | TickStatus | null | undefined;
}>;


export type ScheduleTicksQuery = { instigator: { state: { ticks: { hasMore: boolean, nodes: Array<{ id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, latenessMs: number | null, logs: Array<{ timestamp: string, level: string, message: string }> }> } } } | null };

export type SensorTicksQueryVariables = Exact<{
  locationName: string;
  name: string;
  limit: number;
  after?: string | null | undefined;
  statuses?: Array<TickStatus> | TickStatus | null | undefined;
}>;


export type SensorTicksQuery = { instigator: { state: { ticks: { hasMore: boolean, nodes: Array<{ id: string, scheduledAt: string, status: TickStatus, isWaiting: boolean, skipReason: string | null, error: unknown, runIds: Array<string>, startedAt: string, finishedAt: string | null, latenessMs: number | null, logs: Array<{ timestamp: string, level: string, message: string }> }> } } } | null };

export type StartScheduleMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type StartScheduleMutation = { switched: { name: string } | null };

export type StopScheduleMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type StopScheduleMutation = { switched: { name: string } | null };

export type ResetScheduleMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type ResetScheduleMutation = { switched: { name: string } | null };

export type StartSensorMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type StartSensorMutation = { switched: { name: string } | null };

export type StopSensorMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type StopSensorMutation = { switched: { name: string } | null };

export type ResetSensorMutationVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type ResetSensorMutation = { switched: { name: string } | null };

export type SetSensorCursorMutationVariables = Exact<{
  locationName: string;
  name: string;
  cursor?: string | null | undefined;
}>;


export type SetSensorCursorMutation = { setSensorCursor: { name: string } | null };

export type EvaluateScheduleMutationVariables = Exact<{
  locationName: string;
  name: string;
  at?: string | null | undefined;
}>;


export type EvaluateScheduleMutation = { evaluateSchedule: { id: string } };

export type EvaluateSensorMutationVariables = Exact<{
  locationName: string;
  name: string;
  cursor?: string | null | undefined;
  eventCursor?: string | null | undefined;
}>;


export type EvaluateSensorMutation = { evaluateSensor: { id: string } };

export type TickEvaluationQueryVariables = Exact<{
  id: string;
}>;


export type TickEvaluationQuery = { tickEvaluation: { id: string, state: TickEvaluationState, result: unknown, error: unknown, eventCursor: string | null } | null };

export type SwitchAutomationMutationVariables = Exact<{
  group?: string | null | undefined;
  on: boolean;
}>;


export type SwitchAutomationMutation = { switchAutomation:
    | { __typename: 'AutomationSwitches', isOn: boolean }
    | { __typename: 'InvalidInput', message: string }
   };

export type ExplainAutomationQueryVariables = Exact<{
  key: string;
  partition?: string | null | undefined;
  limit: number;
}>;


export type ExplainAutomationQuery = { explainAutomation: { problem: string | null, offWith: string | null, evaluations: number, evaluatedAt: string | null, now: { at: string, isRequested: boolean, tree: unknown, looksAt: Array<string> | null, until: string | null, blockers: Array<{ name: string, target: string, event: string }> } | null, latest: Array<{ id: string, timestamp: string, requestedCount: number, tree: unknown, runIds: Array<string>, backfillId: string | null, problem: string | null }> } | null };

export type PartitionKeysQueryVariables = Exact<{
  key: string;
  limit: number;
  search?: string | null | undefined;
}>;


export type PartitionKeysQuery = { asset: { partitions: { keys: { nodes: Array<{ key: string }> } } | null } | null };

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
export const ShownTickFragmentDoc = new TypedDocumentString(`
    fragment ShownTick on Tick {
  id
  scheduledAt
  status
  isWaiting
  skipReason
  error
  runIds
  startedAt
  finishedAt
  latenessMs
  logs {
    timestamp
    level
    message
  }
}
    `, {"fragmentName":"ShownTick"}) as unknown as TypedDocumentString<ShownTickFragment, unknown>;
export const ShownInstigatorFragmentDoc = new TypedDocumentString(`
    fragment ShownInstigator on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  latestTick {
    ...ShownTick
  }
}
    fragment ShownTick on Tick {
  id
  scheduledAt
  status
  isWaiting
  skipReason
  error
  runIds
  startedAt
  finishedAt
  latenessMs
  logs {
    timestamp
    level
    message
  }
}`, {"fragmentName":"ShownInstigator"}) as unknown as TypedDocumentString<ShownInstigatorFragment, unknown>;
export const AutomationDocument = new TypedDocumentString(`
    query Automation {
  automation {
    isOn
    groups {
      name
      conditions
      problems
      isOn
    }
    jobProblems
  }
  schedules {
    name
    locationName
    description
    cron
    timezone
    jobName
    state {
      ...ShownInstigator
    }
  }
  sensors {
    name
    locationName
    description
    kind
    watch
    minimumIntervalSeconds
    jobNames
    state {
      ...ShownInstigator
    }
  }
}
    fragment ShownInstigator on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  latestTick {
    ...ShownTick
  }
}
fragment ShownTick on Tick {
  id
  scheduledAt
  status
  isWaiting
  skipReason
  error
  runIds
  startedAt
  finishedAt
  latenessMs
  logs {
    timestamp
    level
    message
  }
}`) as unknown as TypedDocumentString<AutomationQuery, AutomationQueryVariables>;
export const ScheduleDocument = new TypedDocumentString(`
    query Schedule($locationName: String!, $name: String!) {
  schedule(locationName: $locationName, name: $name) {
    name
    locationName
    description
    cron
    timezone
    jobName
    catchup
    runningByDefault
    state {
      ...ShownInstigator
      upcoming: nextTicks(limit: 5)
    }
  }
}
    fragment ShownInstigator on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  latestTick {
    ...ShownTick
  }
}
fragment ShownTick on Tick {
  id
  scheduledAt
  status
  isWaiting
  skipReason
  error
  runIds
  startedAt
  finishedAt
  latenessMs
  logs {
    timestamp
    level
    message
  }
}`) as unknown as TypedDocumentString<ScheduleQuery, ScheduleQueryVariables>;
export const SensorDocument = new TypedDocumentString(`
    query Sensor($locationName: String!, $name: String!) {
  sensor(locationName: $locationName, name: $name) {
    name
    locationName
    description
    kind
    watch
    minimumIntervalSeconds
    timeoutSeconds
    jobNames
    runningByDefault
    state {
      ...ShownInstigator
      cursor
      eventCursor
    }
  }
}
    fragment ShownInstigator on InstigatorState {
  status
  switchedTo
  problem
  failures
  nextTicks(limit: 1)
  latestTick {
    ...ShownTick
  }
}
fragment ShownTick on Tick {
  id
  scheduledAt
  status
  isWaiting
  skipReason
  error
  runIds
  startedAt
  finishedAt
  latenessMs
  logs {
    timestamp
    level
    message
  }
}`) as unknown as TypedDocumentString<SensorQuery, SensorQueryVariables>;
export const ScheduleTicksDocument = new TypedDocumentString(`
    query ScheduleTicks($locationName: String!, $name: String!, $limit: Int!, $after: ID, $statuses: [TickStatus!]) {
  instigator: schedule(locationName: $locationName, name: $name) {
    state {
      ticks(limit: $limit, after: $after, statuses: $statuses) {
        nodes {
          ...ShownTick
        }
        hasMore
      }
    }
  }
}
    fragment ShownTick on Tick {
  id
  scheduledAt
  status
  isWaiting
  skipReason
  error
  runIds
  startedAt
  finishedAt
  latenessMs
  logs {
    timestamp
    level
    message
  }
}`) as unknown as TypedDocumentString<ScheduleTicksQuery, ScheduleTicksQueryVariables>;
export const SensorTicksDocument = new TypedDocumentString(`
    query SensorTicks($locationName: String!, $name: String!, $limit: Int!, $after: ID, $statuses: [TickStatus!]) {
  instigator: sensor(locationName: $locationName, name: $name) {
    state {
      ticks(limit: $limit, after: $after, statuses: $statuses) {
        nodes {
          ...ShownTick
        }
        hasMore
      }
    }
  }
}
    fragment ShownTick on Tick {
  id
  scheduledAt
  status
  isWaiting
  skipReason
  error
  runIds
  startedAt
  finishedAt
  latenessMs
  logs {
    timestamp
    level
    message
  }
}`) as unknown as TypedDocumentString<SensorTicksQuery, SensorTicksQueryVariables>;
export const StartScheduleDocument = new TypedDocumentString(`
    mutation StartSchedule($locationName: String!, $name: String!) {
  switched: startSchedule(locationName: $locationName, name: $name) {
    name
  }
}
    `) as unknown as TypedDocumentString<StartScheduleMutation, StartScheduleMutationVariables>;
export const StopScheduleDocument = new TypedDocumentString(`
    mutation StopSchedule($locationName: String!, $name: String!) {
  switched: stopSchedule(locationName: $locationName, name: $name) {
    name
  }
}
    `) as unknown as TypedDocumentString<StopScheduleMutation, StopScheduleMutationVariables>;
export const ResetScheduleDocument = new TypedDocumentString(`
    mutation ResetSchedule($locationName: String!, $name: String!) {
  switched: resetSchedule(locationName: $locationName, name: $name) {
    name
  }
}
    `) as unknown as TypedDocumentString<ResetScheduleMutation, ResetScheduleMutationVariables>;
export const StartSensorDocument = new TypedDocumentString(`
    mutation StartSensor($locationName: String!, $name: String!) {
  switched: startSensor(locationName: $locationName, name: $name) {
    name
  }
}
    `) as unknown as TypedDocumentString<StartSensorMutation, StartSensorMutationVariables>;
export const StopSensorDocument = new TypedDocumentString(`
    mutation StopSensor($locationName: String!, $name: String!) {
  switched: stopSensor(locationName: $locationName, name: $name) {
    name
  }
}
    `) as unknown as TypedDocumentString<StopSensorMutation, StopSensorMutationVariables>;
export const ResetSensorDocument = new TypedDocumentString(`
    mutation ResetSensor($locationName: String!, $name: String!) {
  switched: resetSensor(locationName: $locationName, name: $name) {
    name
  }
}
    `) as unknown as TypedDocumentString<ResetSensorMutation, ResetSensorMutationVariables>;
export const SetSensorCursorDocument = new TypedDocumentString(`
    mutation SetSensorCursor($locationName: String!, $name: String!, $cursor: String) {
  setSensorCursor(locationName: $locationName, name: $name, cursor: $cursor) {
    name
  }
}
    `) as unknown as TypedDocumentString<SetSensorCursorMutation, SetSensorCursorMutationVariables>;
export const EvaluateScheduleDocument = new TypedDocumentString(`
    mutation EvaluateSchedule($locationName: String!, $name: String!, $at: DateTime) {
  evaluateSchedule(locationName: $locationName, name: $name, at: $at) {
    id
  }
}
    `) as unknown as TypedDocumentString<EvaluateScheduleMutation, EvaluateScheduleMutationVariables>;
export const EvaluateSensorDocument = new TypedDocumentString(`
    mutation EvaluateSensor($locationName: String!, $name: String!, $cursor: String, $eventCursor: String) {
  evaluateSensor(
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
    id
    state
    result
    error
    eventCursor
  }
}
    `) as unknown as TypedDocumentString<TickEvaluationQuery, TickEvaluationQueryVariables>;
export const SwitchAutomationDocument = new TypedDocumentString(`
    mutation SwitchAutomation($group: String, $on: Boolean!) {
  switchAutomation(group: $group, on: $on) {
    __typename
    ... on AutomationSwitches {
      isOn
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SwitchAutomationMutation, SwitchAutomationMutationVariables>;
export const ExplainAutomationDocument = new TypedDocumentString(`
    query ExplainAutomation($key: String!, $partition: String, $limit: Int!) {
  explainAutomation(assetKey: $key) {
    problem
    offWith
    evaluations
    evaluatedAt
    now(partitionKey: $partition) {
      at
      isRequested
      blockers {
        name
        target
        event
      }
      tree
      looksAt
      until
    }
    latest(limit: $limit) {
      id
      timestamp
      requestedCount
      tree
      runIds
      backfillId
      problem
    }
  }
}
    `) as unknown as TypedDocumentString<ExplainAutomationQuery, ExplainAutomationQueryVariables>;
export const PartitionKeysDocument = new TypedDocumentString(`
    query PartitionKeys($key: String!, $limit: Int!, $search: String) {
  asset(key: $key) {
    partitions {
      keys(limit: $limit, search: $search) {
        nodes {
          key
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PartitionKeysQuery, PartitionKeysQueryVariables>;
