/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type CodeLocationsQueryVariables = Exact<{ [key: string]: never; }>;


export type CodeLocationsQuery = { codeLocations: Array<{ name: string, revision: number, assetCount: number, updatedAt: string, serving: { revision: number, state: LocationVersionState, codeDigest: string | null, error: unknown, agentId: string | null, createdAt: string, loadedAt: string | null } | null, latest: { revision: number, state: LocationVersionState, codeDigest: string | null, error: unknown, failure: LocationFailure | null, retryAt: string | null, agentId: string | null, createdAt: string, loadedAt: string | null } | null, jobs: Array<{ name: string }>, schedules: Array<{ name: string }>, sensors: Array<{ name: string }>, resources: Array<{ name: string }> }> };

export type CodeLocationQueryVariables = Exact<{
  name: string;
}>;


export type CodeLocationQuery = { codeLocation: { name: string, runsPausedAt: string | null, document: unknown, revision: number, assetCount: number, updatedAt: string, versions: { nodes: Array<{ revision: number, state: LocationVersionState, failure: LocationFailure | null, reason: LocationVersionReason | null, basedOn: number | null, askedBy: string | null, gitCommit: string | null, document: unknown, codeDigest: string | null, createdAt: string, loadedAt: string | null }> }, serving: { revision: number, state: LocationVersionState, codeDigest: string | null, error: unknown, warnings: Array<string>, agentId: string | null, createdAt: string, loadedAt: string | null } | null, latest: { revision: number, state: LocationVersionState, codeDigest: string | null, error: unknown, failure: LocationFailure | null, retryAt: string | null, warnings: Array<string>, agentId: string | null, createdAt: string, loadedAt: string | null } | null, jobs: Array<{ name: string, description: string | null, assetKeys: Array<string>, steps: Array<{ key: string }> }>, schedules: Array<{ name: string, description: string | null, cron: Array<string>, timezone: string, jobName: string }>, sensors: Array<{ name: string, description: string | null, kind: string, jobNames: Array<string> }>, resources: Array<{ name: string, description: string | null, configSchema: unknown, environmentVariables: Array<string> }> } | null };

export type PauseCodeLocationMutationVariables = Exact<{
  name: string;
  paused: boolean;
}>;


export type PauseCodeLocationMutation = { pauseCodeLocation: { name: string, runsPausedAt: string | null } | null };

export type ReloadCodeLocationMutationVariables = Exact<{
  name: string;
}>;


export type ReloadCodeLocationMutation = { reloadCodeLocation: { name: string } | null };

export type RollbackCodeLocationMutationVariables = Exact<{
  name: string;
  revision?: number | null | undefined;
}>;


export type RollbackCodeLocationMutation = { rollbackCodeLocation:
    | { __typename: 'CodeLocationRolledBack' }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type LocationChangesQueryVariables = Exact<{
  name: string;
  to: number;
}>;


export type LocationChangesQuery = { codeLocation: { changes: { from: number, to: number, isCodeChanged: boolean | null, hasMore: boolean, document: Array<{ field: string, before: unknown, after: unknown }>, counts: Array<{ kind: DefinitionKind, added: number, removed: number, changed: number }>, changes: Array<{ kind: DefinitionKind, name: string, change: DefinitionChangeType, fields: Array<{ field: string, before: unknown, after: unknown }> }> } } | null };

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

export const CodeLocationsDocument = new TypedDocumentString(`
    query CodeLocations {
  codeLocations {
    name
    revision
    assetCount
    updatedAt
    serving {
      revision
      state
      codeDigest
      error
      agentId
      createdAt
      loadedAt
    }
    latest {
      revision
      state
      codeDigest
      error
      failure
      retryAt
      agentId
      createdAt
      loadedAt
    }
    jobs {
      name
    }
    schedules {
      name
    }
    sensors {
      name
    }
    resources {
      name
    }
  }
}
    `) as unknown as TypedDocumentString<CodeLocationsQuery, CodeLocationsQueryVariables>;
export const CodeLocationDocument = new TypedDocumentString(`
    query CodeLocation($name: String!) {
  codeLocation(name: $name) {
    name
    runsPausedAt
    document
    revision
    versions {
      nodes {
        revision
        state
        failure
        reason
        basedOn
        askedBy
        gitCommit
        document
        codeDigest
        createdAt
        loadedAt
      }
    }
    assetCount
    updatedAt
    serving {
      revision
      state
      codeDigest
      error
      warnings
      agentId
      createdAt
      loadedAt
    }
    latest {
      revision
      state
      codeDigest
      error
      failure
      retryAt
      warnings
      agentId
      createdAt
      loadedAt
    }
    jobs {
      name
      description
      assetKeys
      steps {
        key
      }
    }
    schedules {
      name
      description
      cron
      timezone
      jobName
    }
    sensors {
      name
      description
      kind
      jobNames
    }
    resources {
      name
      description
      configSchema
      environmentVariables
    }
  }
}
    `) as unknown as TypedDocumentString<CodeLocationQuery, CodeLocationQueryVariables>;
export const PauseCodeLocationDocument = new TypedDocumentString(`
    mutation PauseCodeLocation($name: String!, $paused: Boolean!) {
  pauseCodeLocation(name: $name, paused: $paused) {
    name
    runsPausedAt
  }
}
    `) as unknown as TypedDocumentString<PauseCodeLocationMutation, PauseCodeLocationMutationVariables>;
export const ReloadCodeLocationDocument = new TypedDocumentString(`
    mutation ReloadCodeLocation($name: String!) {
  reloadCodeLocation(name: $name) {
    name
  }
}
    `) as unknown as TypedDocumentString<ReloadCodeLocationMutation, ReloadCodeLocationMutationVariables>;
export const RollbackCodeLocationDocument = new TypedDocumentString(`
    mutation RollbackCodeLocation($name: String!, $revision: Int) {
  rollbackCodeLocation(name: $name, revision: $revision) {
    __typename
    ... on InvalidInput {
      message
    }
    ... on UnknownDefinition {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RollbackCodeLocationMutation, RollbackCodeLocationMutationVariables>;
export const LocationChangesDocument = new TypedDocumentString(`
    query LocationChanges($name: String!, $to: Int!) {
  codeLocation(name: $name) {
    changes(to: $to) {
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
