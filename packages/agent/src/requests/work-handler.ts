import type { WorkKind, WorkResults } from "@millrace/model/runs/work-item";
import type { AgentContext } from "../context/agent-context.ts";
import type { LocationSet } from "../locations/location-set.ts";
import type { CrashGuard } from "./crash-guard.ts";
import type { WorkerRegistry } from "../workers/worker-registry.ts";

/** What work is done with. */
export interface WorkContext extends AgentContext {
  readonly locations: LocationSet;
  readonly workers: WorkerRegistry;
  readonly crashes: CrashGuard;
}

/**
 * Does one kind of work; the resolved value is the item's result. Safe to call twice for one item. Whatever it throws is a
 * passing failure (the item is delivered again), except `PermanentWorkFailure`.
 *
 * @param payload the item's document, as it came.
 * @param signal aborted when the item belongs to somebody else now, or the agent stops.
 */
export type WorkHandler<K extends WorkKind = WorkKind> = (
  context: WorkContext,
  payload: unknown,
  signal: AbortSignal,
) => Promise<WorkResults[K]>;
