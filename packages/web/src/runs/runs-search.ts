import { RUN_STATUSES, type RunStatus } from "@millrace/model/run-status";
import { listOf, textOf } from "../ui/search-params.ts";

/** What the address of the runs list says. */
export interface RunsSearch {
  readonly status?: readonly RunStatus[];
  readonly job?: string;
  readonly asset?: string;
  /** `key:value`. */
  readonly tag?: string;
}

export function parseRunsSearch(search: Record<string, unknown>): RunsSearch {
  return {
    ...listOf("status", search, RUN_STATUSES),
    ...textOf("job", search),
    ...textOf("asset", search),
    ...textOf("tag", search),
  };
}
