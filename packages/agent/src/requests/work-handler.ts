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

/** What a handler reads of an item. */
export interface WorkToDo {
  readonly payload: unknown;
  /** Of a launch: its attempt has begun for the worker that the payload names. */
  readonly isStarted: boolean;
}

/**
 * Does one kind of work; the resolved value is the item's result. Safe to call twice for one item. Whatever it throws is a
 * passing failure (the item is delivered again), except `PermanentWorkFailure`.
 *
 * @param item the item as it came; its payload is a document of its kind.
 * @param signal aborted when the item belongs to somebody else now, or the agent stops.
 */
export type WorkHandler<K extends WorkKind = WorkKind> = (
  context: WorkContext,
  item: WorkToDo,
  signal: AbortSignal,
) => Promise<WorkResults[K]>;
