import { topics } from "@millrace/model/topic";
import type { ClaimedWork, ClaimInput } from "../claims/claim.ts";
import { requireStandingToken } from "../agents/agent-token-store.ts";
import type { Db } from "../database/connect.ts";
import type { ServerContext } from "../context/server-context.ts";
import { claimWork, findNextAvailableMs, releaseWork } from "./work-store.ts";

/** Between two looks for work that has become available, or that somebody else is taking. */
const SHORTEST_WAIT_MS = 5;

/**
 * Claims work at once when there is some, otherwise as soon as there is, for at most `waitMs`; while it waits, whoever has work in
 * this replica may give it some, see `ClaimDesk`. Answers nothing as soon as the agent has asked again here. Items claimed for an
 * agent that has hung up meanwhile go back.
 *
 * @throws AgentTokenRefused when the token is revoked meanwhile.
 */
export async function waitForWork(
  { db, bus, claims, clock }: Pick<ServerContext, "db" | "bus" | "claims" | "clock">,
  input: ClaimInput,
  hold: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<ClaimedWork[]> {
  const { deploymentId, tokenId } = input;
  const revoked = tokenId === undefined ? [] : [topics.agentToken(deploymentId, tokenId)];
  const queues = input.queues.map((queue) => topics.work(deploymentId, queue));
  using waiting = bus.waitInTurn(queues, revoked);
  const end = clock.monotonic() + hold.waitMs;
  let delayMs: number | null = null;
  while (!hold.signal.aborted) {
    const items = await claimWork(db, input);
    if (hold.signal.aborted) return giveBack(db, input, items);
    const remainingMs = end - clock.monotonic();
    if (items.length > 0 || remainingMs <= 0) {
      // Another one looks after what is left, also when that is only the end of a delay.
      if (items.length < input.max && delayMs === null) waiting.finishTurn();
      return items;
    }
    // Nobody is told when a delay is over, so the wait ends with the first.
    delayMs = await findNextAvailableMs(db, input.deploymentId, input.queues);
    const pauseMs = Math.min(remainingMs, Math.max(SHORTEST_WAIT_MS, delayMs ?? remainingMs));
    const open = claims.open(input);
    const woken = await waiting.next(pauseMs, AbortSignal.any([hold.signal, open.decided]));
    const given = await open.close(clock);
    if (given !== null) {
      if (hold.signal.aborted) return giveBack(db, input, [given]);
      if (woken.length === 0 && delayMs === null) waiting.finishTurn();
      return [given];
    }
    if (open.isOutdated) return [];
    if (tokenId !== undefined && revoked.some((topic) => woken.includes(topic)))
      return giveNothing(db, tokenId);
  }
  return [];
}

/** Something about the token or its agents has changed: whoever still may asks again, for what it may have now. */
async function giveNothing(db: Db, tokenId: string): Promise<ClaimedWork[]> {
  await requireStandingToken(db, tokenId);
  return [];
}

async function giveBack(
  db: Db,
  { deploymentId, agentId }: ClaimInput,
  items: readonly ClaimedWork[],
): Promise<ClaimedWork[]> {
  await releaseWork(
    db,
    deploymentId,
    agentId,
    items.map(({ id }) => id),
  );
  return [];
}
