/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type PoolsQueryVariables = Exact<{ [key: string]: never; }>;


export type PoolsQuery = { pools: Array<{ name: string, limit: number | null, isDefault: boolean, granularity: string, holders: Array<{ stepKey: string | null, since: string, run: { id: string, jobName: string, assetKeys: Array<string> } | null }>, waiting: Array<{ stepKey: string | null, since: string, run: { id: string, jobName: string, assetKeys: Array<string> } | null }> }> };

export type PoolClaimFragment = { stepKey: string | null, since: string, run: { id: string, jobName: string, assetKeys: Array<string> } | null };

export type SetPoolLimitMutationVariables = Exact<{
  name: string;
  limit?: number | null | undefined;
}>;


export type SetPoolLimitMutation = { setPoolLimit:
    | { __typename: 'Pool' }
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
export const PoolClaimFragmentDoc = new TypedDocumentString(`
    fragment PoolClaim on PoolClaim {
  stepKey
  since
  run {
    id
    jobName
    assetKeys
  }
}
    `, {"fragmentName":"PoolClaim"}) as unknown as TypedDocumentString<PoolClaimFragment, unknown>;
export const PoolsDocument = new TypedDocumentString(`
    query Pools {
  pools {
    name
    limit
    isDefault
    granularity
    holders {
      ...PoolClaim
    }
    waiting {
      ...PoolClaim
    }
  }
}
    fragment PoolClaim on PoolClaim {
  stepKey
  since
  run {
    id
    jobName
    assetKeys
  }
}`) as unknown as TypedDocumentString<PoolsQuery, PoolsQueryVariables>;
export const SetPoolLimitDocument = new TypedDocumentString(`
    mutation SetPoolLimit($name: String!, $limit: Int) {
  setPoolLimit(name: $name, limit: $limit) {
    __typename
    ... on InvalidInput {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetPoolLimitMutation, SetPoolLimitMutationVariables>;
