/** Who asks for work, for what, and for how much. */
export interface ClaimInput {
  readonly deploymentId: string;
  readonly agentId: string;
  readonly queues: readonly string[];
  readonly max: number;
  /** So many may it be where all are ticks of schedules and sensors, which cost little. Default: `max`. */
  readonly maxTicks?: number;
  /** The agent's token: once it is revoked, or the agent another's, there is nothing to claim. Default: whoever asks is trusted. */
  readonly tokenId?: string;
}

/** An item as an agent gets it. */
export interface ClaimedWork {
  readonly id: string;
  readonly kind: string;
  /** See @millrace/model/work-item. */
  readonly payload: unknown;
  /** How often it has been delivered, this time included. */
  readonly deliveries: number;
}
