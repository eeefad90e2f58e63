import { sql } from "kysely";

/**
 * Seconds without a sign of life after which a worker counts as out of reach; workers give one every five. That is no failure, and
 * the run keeps its slot until the lease is over.
 */
export const UNREACHABLE_AFTER_SECONDS = 15;

/**
 * In statements on `run_attempt`: the end of a lease that begins now. The lease is the run's slot; when it is over without a sign
 * of life, the worker is lost and the slot is free. How long leases are is the deployment's `worker_lease_seconds`.
 */
export const leaseFromNow = sql`now() + make_interval(secs => lease_seconds)`;

/** Of attempt `a`: the last sign of life, with which its lease began. */
export const heardAt = sql<Date>`(a.lease_until - make_interval(secs => a.lease_seconds))`;

/** Of attempt `a`: whether its worker began, and has been silent for so long that it counts as out of reach. */
export const isSilent = sql<boolean>`(a.state = 'running' and ${heardAt} < now() - make_interval(secs => ${UNREACHABLE_AFTER_SECONDS}))`;
