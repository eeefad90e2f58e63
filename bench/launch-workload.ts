/** Between two runs, so that each finds a standby worker; the peer gets the same pause. */
export const PAUSE_MS = 500;
/** Runs queued at once for the throughput. */
export const QUEUED_RUNS = 100;
/** Clients that launch them side by side. */
export const CLIENTS = 4;
/** Runs that may be in progress at one time. */
export const LIMIT = 10;
/** How often a client asks whether its run has ended. */
export const POLL_MS = 100;
