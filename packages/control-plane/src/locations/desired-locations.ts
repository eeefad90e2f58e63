import { createHash } from "node:crypto";
import { topics } from "@millrace/model/topic";
import type { ServerContext } from "../context/server-context.ts";
import { requireStandingToken, type AgentIdentity } from "../agents/agent-token-store.ts";
import { listDesiredLocations, type DesiredLocation } from "./location-store.ts";

/** What agents should serve, and a mark to ask with for the next change. */
export interface DesiredLocations {
  readonly revision: string;
  readonly locations: readonly DesiredLocation[];
}

/** How long to hold a request that finds nothing new. */
export interface Hold {
  /** Milliseconds. */
  readonly waitMs: number;
  /** Aborts when the asker has gone. */
  readonly signal: AbortSignal;
}

/**
 * The locations that agents with this token should serve, at once when they are not those of `haveRevision`, else when they change.
 *
 * @throws AgentTokenRefused when the token is revoked meanwhile.
 */
export async function waitForDesiredLocations(
  { db, bus, clock }: Pick<ServerContext, "db" | "bus" | "clock">,
  { deploymentId, tokenId, queues }: Omit<AgentIdentity, "agentIds" | "drainedAgentIds">,
  haveRevision: string | null,
  hold: Hold,
): Promise<DesiredLocations> {
  using waiting = bus.wait([topics.locations(deploymentId), topics.agentToken(deploymentId, tokenId)]);
  const end = clock.monotonic() + hold.waitMs;
  for (;;) {
    const locations = await listDesiredLocations(db, deploymentId, queues);
    const revision = createHash("sha256").update(JSON.stringify(locations)).digest("base64url").slice(0, 16);
    const remainingMs = end - clock.monotonic();
    if (revision !== haveRevision || remainingMs <= 0 || hold.signal.aborted) return { revision, locations };
    await waiting.next(remainingMs, hold.signal);
    await requireStandingToken(db, tokenId);
  }
}
