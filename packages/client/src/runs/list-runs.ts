import type { RunStatus } from "@millrace/model/run-status";
import { RunsDocument } from "../connection/documents.gen.ts";
import { toTags } from "../connection/to-tags.ts";
import type { UserApi } from "../connection/user-api.ts";
import { toRunState, type RunState } from "./run-state.ts";

/** Which runs to list; what is left out does not matter. */
export interface RunFilter<Job extends string = string, Key extends string = string> {
  readonly statuses?: readonly RunStatus[];
  readonly jobName?: Job;
  /** Runs that make this asset. */
  readonly assetKey?: Key;
  /** Runs of this partition, or of a range that it is in. */
  readonly partitionKey?: string;
  /** All of them. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  /** Only those older than the run with this id: the last one of the page before. */
  readonly after?: string;
  /** How many at most. Default: 50. */
  readonly limit?: number;
}

/** Runs, newest first. @throws ClientError */
export async function listRuns(api: UserApi, filter: RunFilter): Promise<readonly RunState[]> {
  const { statuses, jobName, assetKey, partitionKey, tags, createdAfter, createdBefore } = filter;
  const { runs } = await api.send(RunsDocument, {
    filter: {
      statuses: statuses ? [...statuses] : null,
      jobName: jobName ?? null,
      assetKey: assetKey ?? null,
      partitionKey: partitionKey ?? null,
      tags: tags ? toTags(tags) : null,
      createdAfter: createdAfter?.toISOString() ?? null,
      createdBefore: createdBefore?.toISOString() ?? null,
    },
    after: filter.after ?? null,
    limit: filter.limit ?? 50,
  });
  return runs.nodes.map(toRunState);
}
