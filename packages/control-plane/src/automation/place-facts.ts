/** What is known of one partition, or of an asset as a whole; times in milliseconds since the epoch. */
export interface PlaceFacts {
  readonly materializedAt: number | null;
  readonly observedAt: number | null;
  readonly failedAt: number | null;
  /** Of the newest materialization. */
  readonly runId: string | null;
  /** Of the newest observation. */
  readonly observingRunId: string | null;
}

/** What is known of a place to which nothing has happened. */
export const NOWHERE: PlaceFacts = {
  materializedAt: null,
  observedAt: null,
  failedAt: null,
  runId: null,
  observingRunId: null,
};

/** Whether it is there: an external asset is when it was observed. */
export function isPresent({ materializedAt, observedAt }: PlaceFacts, isExternal: boolean): boolean {
  return materializedAt !== null || (isExternal && observedAt !== null);
}

/** Whether the newest run that was to make it failed to. */
export function hasFailed({ failedAt, materializedAt }: PlaceFacts): boolean {
  return failedAt !== null && failedAt > (materializedAt ?? -Infinity);
}
