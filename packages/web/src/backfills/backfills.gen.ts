/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type RunOriginKind =
  | 'USER'
  | 'SCHEDULE'
  | 'SENSOR'
  | 'AUTOMATION'
  | 'BACKFILL'
  | 'RETRY';

/** How a backfill stands; the last four have ended. */
export type BackfillStatus =
  | 'REQUESTED'
  | 'CANCELING'
  | 'CANCELED'
  | 'FAILED'
  | 'COMPLETED_SUCCESS'
  | 'COMPLETED_FAILED';

/** Waits for its turn, is being made, was made, was not made by its run, or will not be made as something that it needs was not. */
export type BackfillPartitionState =
  | 'WAITING'
  | 'RUNNING'
  | 'MATERIALIZED'
  | 'FAILED'
  | 'SKIPPED';

export type KeptPartitionState =
  | 'MISSING'
  | 'FAILED';

export type BackfillStrategy =
  | 'ALL'
  | 'FROM_FAILURE';

export type TagInput = {
  key: string;
  value: string;
};

/** Partitions in a row, both ends included; of several dimensions the product of their ranges. */
export type PartitionRangeInput = {
  start: string;
  end: string;
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

export type BackfillRowFragment = { id: string, title: string | null, status: BackfillStatus, paused: boolean, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, origin: { kind: RunOriginKind, name: string | null }, targets: Array<{ key: string, isPartitioned: boolean, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> };

export type BackfillsQueryVariables = Exact<{
  after?: string | null | undefined;
  limit: number;
}>;


export type BackfillsQuery = { backfills: { hasMore: boolean, nodes: Array<{ id: string, title: string | null, status: BackfillStatus, paused: boolean, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, origin: { kind: RunOriginKind, name: string | null }, targets: Array<{ key: string, isPartitioned: boolean, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> }> } };

export type BackfillQueryVariables = Exact<{
  id: string;
}>;


export type BackfillQuery = { backfill: { message: string | null, parentId: string | null, id: string, title: string | null, status: BackfillStatus, paused: boolean, jobName: string | null, runCount: number, createdAt: string, endedAt: string | null, tags: Array<{ key: string, value: string }>, origin: { kind: RunOriginKind, name: string | null }, targets: Array<{ key: string, isPartitioned: boolean, targeted: number, waiting: number, running: number, materialized: number, failed: number, skipped: number }> } | null };

export type BackfillPartitionsQueryVariables = Exact<{
  id: string;
  key: string;
  state: BackfillPartitionState;
  from: number;
}>;


export type BackfillPartitionsQuery = { backfill: { id: string, partitions: { keys: Array<string>, cursor: number | null } } | null };

export type LaunchBackfillMutationVariables = Exact<{
  input: LaunchBackfillInput;
}>;


export type LaunchBackfillMutation = { launchBackfill:
    | { __typename: 'LaunchedBackfill', backfill: { id: string } }
    | { __typename: 'InvalidInput', message: string }
    | { __typename: 'UnknownDefinition', message: string }
   };

export type CancelBackfillMutationVariables = Exact<{
  id: string;
}>;


export type CancelBackfillMutation = { cancelBackfill:
    | { __typename: 'Backfill' }
    | { __typename: 'UnknownDefinition', message: string }
    | { __typename: 'BackfillNotInState', message: string }
   };

export type SetBackfillPausedMutationVariables = Exact<{
  id: string;
  paused: boolean;
}>;


export type SetBackfillPausedMutation = { setBackfillPaused:
    | { __typename: 'Backfill' }
    | { __typename: 'UnknownDefinition', message: string }
    | { __typename: 'BackfillNotInState', message: string }
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
export const BackfillRowFragmentDoc = new TypedDocumentString(`
    fragment BackfillRow on Backfill {
  id
  title
  status
  paused
  jobName
  runCount
  createdAt
  endedAt
  origin {
    kind
    name
  }
  targets {
    key
    isPartitioned
    targeted
    waiting
    running
    materialized
    failed
    skipped
  }
}
    `, {"fragmentName":"BackfillRow"}) as unknown as TypedDocumentString<BackfillRowFragment, unknown>;
export const BackfillsDocument = new TypedDocumentString(`
    query Backfills($after: ID, $limit: Int!) {
  backfills(after: $after, limit: $limit) {
    hasMore
    nodes {
      ...BackfillRow
    }
  }
}
    fragment BackfillRow on Backfill {
  id
  title
  status
  paused
  jobName
  runCount
  createdAt
  endedAt
  origin {
    kind
    name
  }
  targets {
    key
    isPartitioned
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
    ...BackfillRow
    message
    parentId
    tags {
      key
      value
    }
  }
}
    fragment BackfillRow on Backfill {
  id
  title
  status
  paused
  jobName
  runCount
  createdAt
  endedAt
  origin {
    kind
    name
  }
  targets {
    key
    isPartitioned
    targeted
    waiting
    running
    materialized
    failed
    skipped
  }
}`) as unknown as TypedDocumentString<BackfillQuery, BackfillQueryVariables>;
export const BackfillPartitionsDocument = new TypedDocumentString(`
    query BackfillPartitions($id: ID!, $key: String!, $state: BackfillPartitionState!, $from: Int!) {
  backfill(id: $id) {
    id
    partitions(key: $key, state: $state, from: $from, limit: 200) {
      keys
      cursor
    }
  }
}
    `) as unknown as TypedDocumentString<BackfillPartitionsQuery, BackfillPartitionsQueryVariables>;
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
export const CancelBackfillDocument = new TypedDocumentString(`
    mutation CancelBackfill($id: ID!) {
  cancelBackfill(id: $id) {
    __typename
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
    ... on UnknownDefinition {
      message
    }
    ... on BackfillNotInState {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetBackfillPausedMutation, SetBackfillPausedMutationVariables>;
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
