/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type BulkOperationQueryVariables = Exact<{
  id: string;
}>;


export type BulkOperationQuery = { bulkOperation: { kind: BulkOperationKind, status: BulkOperationStatus, total: number, done: number, refused: number, refusals: Array<{ runId: string, message: string }> } | null };

export type StopBulkOperationMutationVariables = Exact<{
  id: string;
}>;


export type StopBulkOperationMutation = { stopBulkOperation: { id: string } | null };

export type WipeAssetsMutationVariables = Exact<{
  keys: Array<string> | string;
}>;


export type WipeAssetsMutation = { operation:
    | { __typename: 'BulkOperation', id: string }
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

export const BulkOperationDocument = new TypedDocumentString(`
    query BulkOperation($id: ID!) {
  bulkOperation(id: $id) {
    kind
    status
    total
    done
    refused
    refusals {
      runId
      message
    }
  }
}
    `) as unknown as TypedDocumentString<BulkOperationQuery, BulkOperationQueryVariables>;
export const StopBulkOperationDocument = new TypedDocumentString(`
    mutation StopBulkOperation($id: ID!) {
  stopBulkOperation(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<StopBulkOperationMutation, StopBulkOperationMutationVariables>;
export const WipeAssetsDocument = new TypedDocumentString(`
    mutation WipeAssets($keys: [String!]!) {
  operation: wipeAssets(keys: $keys) {
    __typename
    ... on BulkOperation {
      id
    }
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<WipeAssetsMutation, WipeAssetsMutationVariables>;
