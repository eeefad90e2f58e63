/** Steps of each job. */
export const STEPS = 100;
/** Each step after the one before, or all at once. */
export const SHAPES = ["sequence", "parallel"] as const;
/** In the run's own process, or each step in one of its own. */
export const EXECUTORS = ["in_process", "isolated"] as const;

/** The job of a shape and an executor. */
export function jobName(shape: (typeof SHAPES)[number], executor: (typeof EXECUTORS)[number]): string {
  return `${shape}_${executor}`;
}

/** Milliseconds from the first step's start to the last one's success, for each step. Timestamps are milliseconds. */
export function perStep(events: readonly { readonly type: string; readonly timestamp: number }[]): number {
  const timesOf = (type: string) =>
    events.filter((event) => event.type === type).map(({ timestamp }) => timestamp);
  const [starts, ends] = [timesOf("STEP_START"), timesOf("STEP_SUCCESS")];
  if (starts.length !== STEPS || ends.length !== STEPS)
    throw new Error(`${starts.length} steps started and ${ends.length} succeeded, not ${STEPS}`);
  return (Math.max(...ends) - Math.min(...starts)) / STEPS;
}
