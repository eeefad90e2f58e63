/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type AgentState =
  | 'running'
  | 'unreachable'
  | 'stopped';

export type DaemonState =
  | 'working'
  | 'failing'
  | 'gone';

export type AgentsQueryVariables = Exact<{ [key: string]: never; }>;


export type AgentsQuery = { agents: Array<{ id: string, name: string, kind: string, version: string, hostname: string, queues: Array<string>, state: AgentState, startedAt: string, lastHeartbeatAt: string, drainedAt: string | null, report: unknown }> };

export type DrainAgentMutationVariables = Exact<{
  id: string;
  drained: boolean;
}>;


export type DrainAgentMutation = { drainAgent: { id: string } | null };

export type RemoveAgentMutationVariables = Exact<{
  id: string;
}>;


export type RemoveAgentMutation = { removeAgent: boolean };

export type DaemonsQueryVariables = Exact<{ [key: string]: never; }>;


export type DaemonsQuery = { daemons: Array<{ name: string, replica: string, isShared: boolean, hasPlace: boolean | null, state: DaemonState, lastTickAt: string, lastTickMs: number, longestTickMs: number, lastLatenessMs: number, longestLatenessMs: number, ticks: number, failures: number, lastError: unknown, lastErrorAt: string | null }> };

export type AgentTokensQueryVariables = Exact<{ [key: string]: never; }>;


export type AgentTokensQuery = { agentTokens: Array<{ id: string, name: string, queues: Array<string> | null, createdAt: string, lastUsedAt: string | null, revokedAt: string | null }> };

export type CreateAgentTokenMutationVariables = Exact<{
  name: string;
  queues?: Array<string> | string | null | undefined;
}>;


export type CreateAgentTokenMutation = { createAgentToken: { token: string, agentToken: { id: string, name: string } } };

export type RevokeAgentTokenMutationVariables = Exact<{
  id: string;
}>;


export type RevokeAgentTokenMutation = { revokeAgentToken: boolean };

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
export const DrainAgentDocument = new TypedDocumentString(`
    mutation DrainAgent($id: ID!, $drained: Boolean!) {
  drainAgent(id: $id, drained: $drained) {
    id
  }
}
    `) as unknown as TypedDocumentString<DrainAgentMutation, DrainAgentMutationVariables>;
export const RemoveAgentDocument = new TypedDocumentString(`
    mutation RemoveAgent($id: ID!) {
  removeAgent(id: $id)
}
    `) as unknown as TypedDocumentString<RemoveAgentMutation, RemoveAgentMutationVariables>;
export const DaemonsDocument = new TypedDocumentString(`
    query Daemons {
  daemons {
    name
    replica
    isShared
    hasPlace
    state
    lastTickAt
    lastTickMs
    longestTickMs
    lastLatenessMs
    longestLatenessMs
    ticks
    failures
    lastError
    lastErrorAt
  }
}
    `) as unknown as TypedDocumentString<DaemonsQuery, DaemonsQueryVariables>;
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
export const CreateAgentTokenDocument = new TypedDocumentString(`
    mutation CreateAgentToken($name: String!, $queues: [String!]) {
  createAgentToken(name: $name, queues: $queues) {
    token
    agentToken {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<CreateAgentTokenMutation, CreateAgentTokenMutationVariables>;
export const RevokeAgentTokenDocument = new TypedDocumentString(`
    mutation RevokeAgentToken($id: ID!) {
  revokeAgentToken(id: $id)
}
    `) as unknown as TypedDocumentString<RevokeAgentTokenMutation, RevokeAgentTokenMutationVariables>;
