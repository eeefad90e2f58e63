/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type TickEvaluationState =
  | 'pending'
  | 'done'
  | 'failed';

export type AutomationQueryVariables = Exact<{ [key: string]: never; }>;


export type AutomationQuery = { schedules: Array<{ name: string, locationName: string, description: string | null, cron: Array<string>, timezone: string, jobName: string, runningByDefault: boolean }>, sensors: Array<{ name: string, locationName: string, description: string | null, kind: string, watch: unknown, minimumIntervalSeconds: number, jobNames: Array<string>, runningByDefault: boolean }> };

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

export const AutomationDocument = new TypedDocumentString(`
    query Automation {
  schedules {
    name
    locationName
    description
    cron
    timezone
    jobName
    runningByDefault
  }
  sensors {
    name
    locationName
    description
    kind
    watch
    minimumIntervalSeconds
    jobNames
    runningByDefault
  }
}
    `) as unknown as TypedDocumentString<AutomationQuery, AutomationQueryVariables>;
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
