import { BackfillsDocument, type BackfillStatus } from "../connection/documents.gen.ts";
import type { UserApi } from "../connection/user-api.ts";
import { toBackfillState, type BackfillState } from "./backfill-state.ts";

/** Which backfills to list; what is left out does not matter. */
export interface BackfillFilter {
  readonly statuses?: readonly BackfillStatus[];
  /** Only those older than the backfill with this id: the last one of the page before. */
  readonly after?: string;
  /** How many at most. Default: 25. */
  readonly limit?: number;
}

/** Backfills, newest first. @throws ClientError */
export async function listBackfills(
  api: UserApi,
  { statuses, after, limit = 25 }: BackfillFilter,
): Promise<readonly BackfillState[]> {
  const { backfills } = await api.send(BackfillsDocument, {
    statuses: statuses ? [...statuses] : null,
    after: after ?? null,
    limit,
  });
  return backfills.nodes.map(toBackfillState);
}
