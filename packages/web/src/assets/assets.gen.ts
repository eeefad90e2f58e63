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

export type FreshnessState =
  | 'PASS'
  | 'WARN'
  | 'FAIL'
  | 'UNKNOWN';

export type AssetHealthStatus =
  | 'HEALTHY'
  | 'WARNING'
  | 'DEGRADED'
  | 'UNKNOWN'
  | 'NOT_APPLICABLE';

/** Whether an asset is up to date with its code and its inputs. */
export type StaleStatus =
  /** It is, or the question has no answer: an external asset. */
  | 'FRESH'
  /** It is not; the causes say why. A partitioned asset: some of its partitions are not. */
  | 'STALE'
  /** It was never materialized, nor was any of its partitions; a virtual asset: nothing behind it was. */
  | 'MISSING';

export type StaleCategory =
  /** The code has another version than what the data was made by. */
  | 'CODE'
  /** An input has other data than what it was made from. */
  | 'DATA'
  /** The asset depends on other assets than what it was made from. */
  | 'DEPENDENCIES';

export type PartitionState =
  | 'missing'
  | 'materialized'
  | 'failed';

export type AssetState =
  | 'missing'
  | 'materialized'
  | 'failed'
  | 'in_progress';

export type AssetGraphQueryVariables = Exact<{ [key: string]: never; }>;


export type AssetGraphQuery = { assetGraph: Array<{ key: string, locationName: string, group: string, kinds: Array<string>, executable: boolean, partitioned: boolean, dependencies: Array<string>, state: AssetState, staleStatus: StaleStatus | null, stalePartitions: number | null, lastMaterializedAt: string | null, staleCauses: Array<{ category: StaleCategory, reason: string, dependency: string | null }>, checks: { passed: number, warned: number, failed: number, unknown: number } }> };

export type AssetQueryVariables = Exact<{
  key: string;
}>;


export type AssetQuery = { automation: { problem: string | null } | null, asset: { key: string, locationName: string, defined: boolean, description: string | null, group: string, kinds: Array<string>, owners: Array<string>, codeVersion: string | null, executable: boolean, metadata: unknown, dependencies: Array<string>, dependents: Array<string>, jobs: Array<string>, configSchema: unknown, state: AssetState, freshnessPolicy: unknown, staleStatus: StaleStatus | null, materializationCount: number, health: { status: AssetHealthStatus, materialization: AssetHealthStatus, checks: AssetHealthStatus, freshness: AssetHealthStatus }, freshness: { state: FreshnessState, nextChangeAt: string | null } | null, freshnessChanges: Array<{ id: string, state: FreshnessState, changedAt: string }>, staleCauses: Array<{ category: StaleCategory, reason: string, dependency: string | null }>, tags: Array<{ key: string, value: string }>, source: { file: string, line: number } | null, partitions: { kind: string, count: number, materialized: number, failed: number, stale: number | null } | null, latestMaterialization: { id: string, runId: string | null, reportedBy: string | null, description: string | null, stepKey: string | null, partitionKey: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, timestamp: string } | null, latestObservation: { id: string, runId: string | null, metadata: unknown, timestamp: string } | null, activeRun: { id: string, status: RunStatus, createdAt: string } | null, checks: Array<{ name: string, description: string | null, blocking: boolean, perPartition: boolean, failure: { runId: string, failedAt: string } | null, latestEvaluation: { id: string, runId: string | null, reportedBy: string | null, passed: boolean, severity: string, partitionKey: string | null, message: string, metadata: unknown, timestamp: string } | null }> } | null };

export type AssetEventsQueryVariables = Exact<{
  key: string;
  before?: string | null | undefined;
  limit: number;
  partitionKey?: string | null | undefined;
}>;


export type AssetEventsQuery = { asset: { events: { hasMore: boolean, nodes: Array<{ id: string, kind: string, runId: string | null, reportedBy: string | null, description: string | null, stepKey: string | null, partitionKey: string | null, metadata: unknown, tags: unknown, dataVersion: string | null, timestamp: string }> } } | null };

export type AssetPartitionsQueryVariables = Exact<{
  key: string;
  after?: string | null | undefined;
  limit: number;
  state?: PartitionState | null | undefined;
  search?: string | null | undefined;
}>;


export type AssetPartitionsQuery = { asset: { partitions: { keys: { cursor: string | null, nodes: Array<{ key: string, state: PartitionState, lastMaterializedAt: string | null, lastRunId: string | null, staleCauses: Array<{ category: StaleCategory, reason: string, dependency: string | null }> }> } } | null } | null };

export type AssetCheckHistoryQueryVariables = Exact<{
  key: string;
  limit: number;
}>;


export type AssetCheckHistoryQuery = { asset: { checks: Array<{ name: string, evaluations: Array<{ id: string, runId: string | null, reportedBy: string | null, passed: boolean, severity: string, partitionKey: string | null, message: string, metadata: unknown, timestamp: string }> }> } | null };

export type WipeAssetMutationVariables = Exact<{
  key: string;
}>;


export type WipeAssetMutation = { wipeAsset:
    | { __typename: 'AssetChanged' }
    | { __typename: 'InvalidInput', message: string }
   };

export type ArchiveAssetMutationVariables = Exact<{
  key: string;
}>;


export type ArchiveAssetMutation = { archiveAsset:
    | { __typename: 'AssetChanged' }
    | { __typename: 'InvalidInput', message: string }
   };

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

export const AssetGraphDocument = new TypedDocumentString(`
    query AssetGraph {
  assetGraph {
    key
    locationName
    group
    kinds
    executable
    partitioned
    dependencies
    state
    staleStatus
    staleCauses {
      category
      reason
      dependency
    }
    stalePartitions
    lastMaterializedAt
    checks {
      passed
      warned
      failed
      unknown
    }
  }
}
    `) as unknown as TypedDocumentString<AssetGraphQuery, AssetGraphQueryVariables>;
export const AssetDocument = new TypedDocumentString(`
    query Asset($key: String!) {
  automation: explainAutomation(assetKey: $key) {
    problem
  }
  asset(key: $key) {
    key
    locationName
    defined
    description
    group
    kinds
    owners
    codeVersion
    executable
    metadata
    dependencies
    dependents
    jobs
    configSchema
    state
    health {
      status
      materialization
      checks
      freshness
    }
    freshnessPolicy
    freshness {
      state
      nextChangeAt
    }
    freshnessChanges(limit: 5) {
      id
      state
      changedAt
    }
    staleStatus
    staleCauses {
      category
      reason
      dependency
    }
    materializationCount
    tags {
      key
      value
    }
    source {
      file
      line
    }
    partitions {
      kind
      count
      materialized
      failed
      stale
    }
    latestMaterialization {
      id
      runId
      reportedBy
      description
      stepKey
      partitionKey
      metadata
      tags
      dataVersion
      timestamp
    }
    latestObservation {
      id
      runId
      metadata
      timestamp
    }
    activeRun {
      id
      status
      createdAt
    }
    checks {
      name
      description
      blocking
      perPartition
      failure {
        runId
        failedAt
      }
      latestEvaluation {
        id
        runId
        reportedBy
        passed
        severity
        partitionKey
        message
        metadata
        timestamp
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AssetQuery, AssetQueryVariables>;
export const AssetEventsDocument = new TypedDocumentString(`
    query AssetEvents($key: String!, $before: ID, $limit: Int!, $partitionKey: String) {
  asset(key: $key) {
    events(before: $before, limit: $limit, partitionKey: $partitionKey) {
      hasMore
      nodes {
        id
        kind
        runId
        reportedBy
        description
        stepKey
        partitionKey
        metadata
        tags
        dataVersion
        timestamp
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AssetEventsQuery, AssetEventsQueryVariables>;
export const AssetPartitionsDocument = new TypedDocumentString(`
    query AssetPartitions($key: String!, $after: String, $limit: Int!, $state: PartitionState, $search: String) {
  asset(key: $key) {
    partitions {
      keys(after: $after, limit: $limit, state: $state, search: $search) {
        cursor
        nodes {
          key
          state
          staleCauses {
            category
            reason
            dependency
          }
          lastMaterializedAt
          lastRunId
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AssetPartitionsQuery, AssetPartitionsQueryVariables>;
export const AssetCheckHistoryDocument = new TypedDocumentString(`
    query AssetCheckHistory($key: String!, $limit: Int!) {
  asset(key: $key) {
    checks {
      name
      evaluations(limit: $limit) {
        id
        runId
        reportedBy
        passed
        severity
        partitionKey
        message
        metadata
        timestamp
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AssetCheckHistoryQuery, AssetCheckHistoryQueryVariables>;
export const WipeAssetDocument = new TypedDocumentString(`
    mutation WipeAsset($key: String!) {
  wipeAsset(key: $key) {
    __typename
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<WipeAssetMutation, WipeAssetMutationVariables>;
export const ArchiveAssetDocument = new TypedDocumentString(`
    mutation ArchiveAsset($key: String!) {
  archiveAsset(key: $key) {
    __typename
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ArchiveAssetMutation, ArchiveAssetMutationVariables>;
