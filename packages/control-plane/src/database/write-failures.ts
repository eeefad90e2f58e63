import type { Clock } from "@millrace/model/time/clock";

/** How long a failure counts after it was last seen: whatever keeps the database from writing is met again before that. */
const REMEMBERED_MS = 60_000;

/** Whether the database can still write, as its answers tell. */
export interface WriteFailures {
  /** Looks at an error of a statement. */
  readonly note: (error: unknown) => void;
  /** What keeps it from writing now; null: nothing that was met in the last minute. */
  readonly find: () => string | null;
}

/** Remembers that statements failed because nothing can be written, which reading does not show. */
export function createWriteFailures(clock: Pick<Clock, "monotonic">): WriteFailures {
  let last: { readonly reason: string; readonly at: number } | null = null;
  return {
    note(error) {
      if (isWriteFailure(error)) last = { reason: error.message, at: clock.monotonic() };
    },
    find: () => (last !== null && clock.monotonic() - last.at < REMEMBERED_MS ? last.reason : null),
  };
}

/**
 * Whether the database could not write: its disk is full (53100) or fails (58030), or it has become a standby (25006). Nobody's
 * fault who asked, and over when somebody has mended it.
 */
export function isWriteFailure(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^(?:53100|58030|25006)$/.test(String(error.code));
}
