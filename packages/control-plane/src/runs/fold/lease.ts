/**
 * Seconds for which a worker counts as alive after its last sign of life; workers give one every five. The lease is also the
 * run's slot: when it is over, the run fails and the slot is free.
 */
export const ATTEMPT_LEASE_SECONDS = 15;
