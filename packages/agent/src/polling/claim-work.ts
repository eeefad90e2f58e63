import { ClaimWorkDocument, ExtendLeasesDocument, type WorkerOffer } from "@millrace/protocol/agent-api.gen";
import { createWake } from "@millrace/model/waiting/wake";
import { createResultTeller } from "../requests/result-teller.ts";
import { handleWork, type ClaimedItem } from "../requests/handle-work.ts";
import type { WorkContext } from "../requests/work-handler.ts";
import { HOLD_MS, HOLD_TIMEOUT_MS, repeat } from "../uplink/uplink.ts";

/** More items than this at a time are left to other agents. Ticks and terminations wait long and cost little. */
const MAX_UNDER_WAY = 1_000;
/** At one time no more than this is asked for, so that several agents share a burst. */
const MAX_CLAIM = 20;
/** Ticks of schedules fall due many at a time, and most are over at once. */
const MAX_TICKS = 200;
/**
 * How long after an answer with work the next request goes out: a worker of this one asks just now whether it may begin, and the
 * control plane would look for more work first.
 */
const ASK_AGAIN_MS = 5;

/**
 * A claim that is held says what workers stand by, and a further one says it anew: the control plane answers the first one then. To
 * hang up would be to lose work that is on its way just now.
 */
const MAX_HELD = 2;

interface UnderWay {
  readonly item: ClaimedItem;
  readonly lost: AbortController;
  readonly done: Promise<void>;
}

/**
 * Asks for work and does it, many items at once, until the signal is aborted. Items that take long keep their lease.
 * Resolves when the items under way have come to their end or were given up.
 */
export async function runClaimLoop(
  context: WorkContext,
  queues: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { uplink, agentId, logger, clock, locations } = context;
  const underWay = new Map<string, UnderWay>();
  const freed = createWake();
  const teller = createResultTeller(context, signal);

  function begin(item: ClaimedItem): void {
    const lost = new AbortController();
    const done = handleWork(context, teller, item, AbortSignal.any([lost.signal, signal]))
      .catch((error: unknown) => {
        if (!signal.aborted && !lost.signal.aborted)
          logger.error({ workItem: item.id, err: error }, "work was given up");
      })
      .finally(() => {
        underWay.delete(item.id);
        freed.wake();
      });
    underWay.set(item.id, { item, lost, done });
    keepLeases();
  }

  let extending = false;
  /** Runs while something is under way. */
  function keepLeases(): void {
    if (extending) return;
    extending = true;
    void extendLeases()
      .catch((error: unknown) =>
        logger.error({ err: error }, "the leases of work under way can't be extended"),
      )
      .finally(() => {
        extending = false;
      });
  }

  async function extendLeases(): Promise<void> {
    while (underWay.size > 0 && !signal.aborted) {
      const everyMs = Math.min(...[...underWay.values()].map(({ item }) => item.leaseMs)) / 3;
      await clock.sleep(everyMs, signal);
      const itemIds = [...underWay.keys()];
      if (itemIds.length === 0 || signal.aborted) return;
      // A try that fails is made up for by the next; by then the lease is not over.
      const answer = await uplink
        .send(ExtendLeasesDocument, { agentId, itemIds }, { signal, timeoutMs: everyMs })
        .catch(() => null);
      if (!answer) continue;
      for (const id of itemIds) {
        const entry = underWay.get(id);
        if (entry && !answer.extendLeases.includes(id)) {
          logger.warn(
            { workItem: id, kind: entry.item.kind },
            "the lease of work was lost; it is left to another delivery",
          );
          entry.lost.abort(new Error("the work item's lease was lost"));
        }
      }
    }
  }

  /** Claims that the control plane has not answered yet. */
  const held = new Set<Promise<void>>();

  async function claim(offers: readonly WorkerOffer[]): Promise<void> {
    const max = Math.min(MAX_CLAIM, MAX_UNDER_WAY - underWay.size);
    const maxTicks = Math.min(MAX_TICKS, MAX_UNDER_WAY - underWay.size);
    const { claimWork } = await uplink.send(
      ClaimWorkDocument,
      { agentId, queues: [...queues], max, maxTicks, offers: [...offers], waitMs: HOLD_MS },
      { signal, timeoutMs: HOLD_TIMEOUT_MS },
    );
    for (const item of claimWork) begin(item);
    if (claimWork.length > 0) await clock.sleep(ASK_AGAIN_MS, signal);
  }

  let offered: readonly string[] = [];

  /** Asks, unless that is held already and there is nothing more to say. */
  function askIfNeeded(): void {
    const offers = locations.offerWorkers();
    const isNews = offers.some(({ workerId }) => !offered.includes(workerId));
    if (held.size > 0 && (held.size >= MAX_HELD || !isNews)) return;
    offered = offers.map(({ workerId }) => workerId);
    const claimed = claim(offers);
    held.add(claimed);
    const forget = (): unknown => held.delete(claimed);
    claimed.then(forget, forget);
  }

  await repeat(
    async () => {
      while (underWay.size >= MAX_UNDER_WAY && !signal.aborted) await freed.wait();
      askIfNeeded();
      await Promise.race(held.size >= MAX_HELD ? held : [...held, locations.untilMoreOffers()]);
    },
    context,
    signal,
  );
  await Promise.all([...underWay.values()].map(({ done }) => done));
}
