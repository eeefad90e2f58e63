/** Who asks for work, for what, and for how much. */
export interface ClaimInput {
  readonly deploymentId: string;
  readonly agentId: string;
  readonly queues: readonly string[];
  readonly max: number;
  /** So many may it be where all are ticks of schedules and sensors, which cost little. Default: `max`. */
  readonly maxTicks?: number;
  /** Workers that stand by at the agent: a launch may begin its attempt for one of them. Default: none. */
  readonly offers?: readonly WorkerOffer[];
  /** The agent's token: once it is revoked, or the agent another's, there is nothing to claim. Default: whoever asks is trusted. */
  readonly tokenId?: string;
}

/** A version of a code location, as an agent serves it. */
export interface ServedCode {
  readonly locationName: string;
  readonly revision: number;
  readonly codeDigest: string;
}

/** A worker that has loaded the code of a version and waits for a run. */
export interface WorkerOffer extends ServedCode {
  /** Random, made by the worker itself. */
  readonly workerId: string;
  /** Where it runs, for people: `4711@host`. */
  readonly place: string;
}

/** An item as an agent gets it. */
export interface ClaimedWork {
  readonly id: string;
  readonly kind: string;
  /** See @millrace/model/work-item. */
  readonly payload: unknown;
  /** How often it has been delivered, this time included. */
  readonly deliveries: number;
  /** Whether its attempt has begun for the worker that the payload names, which need not ask. Default: no. */
  readonly isStarted?: boolean;
}
