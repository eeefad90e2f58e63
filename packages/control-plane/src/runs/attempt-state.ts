/**
 * How an attempt stands: `assigned` (a work item exists), `running` (its worker has started), `ended` (its last event or its
 * exit is known, or it was never launched), `lost` (no sign of life until its lease was over).
 */
export const ATTEMPT_STATES = ["assigned", "running", "ended", "lost"] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];
