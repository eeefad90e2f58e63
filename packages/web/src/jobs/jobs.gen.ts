/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type JobsQueryVariables = Exact<{ [key: string]: never; }>;


export type JobsQuery = { jobs: Array<{ name: string, locationName: string, description: string | null, assetKeys: Array<string>, partitioned: boolean, tags: Array<{ key: string, value: string }>, steps: Array<{ key: string }> }> };

export type JobQueryVariables = Exact<{
  locationName: string;
  name: string;
}>;


export type JobQuery = { job: { name: string, locationName: string, description: string | null, assetKeys: Array<string>, configSchema: unknown, defaultConfig: unknown, partitioned: boolean, tags: Array<{ key: string, value: string }>, steps: Array<{ key: string, kind: string, upstream: Array<string>, assetKeys: Array<string> }>, source: { file: string, line: number } | null } | null };

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

export const JobsDocument = new TypedDocumentString(`
    query Jobs {
  jobs {
    name
    locationName
    description
    assetKeys
    partitioned
    tags {
      key
      value
    }
    steps {
      key
    }
  }
}
    `) as unknown as TypedDocumentString<JobsQuery, JobsQueryVariables>;
export const JobDocument = new TypedDocumentString(`
    query Job($locationName: String!, $name: String!) {
  job(locationName: $locationName, name: $name) {
    name
    locationName
    description
    assetKeys
    configSchema
    defaultConfig
    partitioned
    tags {
      key
      value
    }
    steps {
      key
      kind
      upstream
      assetKeys
    }
    source {
      file
      line
    }
  }
}
    `) as unknown as TypedDocumentString<JobQuery, JobQueryVariables>;
