import type { Clock } from "@millrace/model/time/clock";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import { topics, type Topic } from "@millrace/model/topic";
import type { ClaimedWork, ClaimInput, ServedCode, WorkerOffer } from "./claim.ts";

/** A claim that this replica holds for an agent since there is no work for it, and that may be given some. */
export interface OpenClaim {
  /** Aborted when the claim was given work, what it was taken for came to nothing, or it is outdated: the wait for hints is over. */
  readonly decided: AbortSignal;
  /** Whether its agent has asked again since, and offers other workers now. */
  readonly isOutdated: boolean;
  /**
   * The claim is open no more. Whoever has taken it by now is waited for, until the work is there or came to nothing.
   *
   * @returns the work, which is the agent's; null: there is none.
   */
  close(clock: Clock): Promise<ClaimedWork | null>;
}

/** A claim that is taken, and what it offers for what it is taken for. */
export interface TakenClaim {
  readonly claim: ClaimInput;
  /** Null: it offers no worker of that code. */
  readonly offer: WorkerOffer | null;
}

/** Claims that one transaction has taken to give them the work that it leaves. What was not given is put back. */
export interface HandOver extends Disposable {
  /**
   * Takes the claim that has been open longest for a queue, before others one that offers a worker; null: none is open.
   *
   * @param code what the worker must have loaded. Default: none is wanted.
   */
  take(deploymentId: string, queue: string, code?: ServedCode | null): TakenClaim | null;
  /** The work that the transaction has stored as claimed by what `take` gave last. */
  put(item: ClaimedWork): void;
  /** Gives the work, once the transaction has committed. Returns what no claim waits for any more. */
  give(): { readonly claim: ClaimInput; readonly item: ClaimedWork }[];
}

/** Where those who have work for agents meet the claims that wait for it in this replica. */
export interface ClaimDesk {
  /** Opens a claim. An earlier one of the same agent that nobody has taken is outdated by it. */
  open(claim: ClaimInput): OpenClaim;
  handOver(): HandOver;
}

/** How long a claim waits for a transaction that has taken it. */
const PATIENCE_MS = 5_000;

interface Entry {
  readonly claim: ClaimInput;
  readonly lines: readonly Topic[];
  readonly decided: AbortController;
  readonly outcome: PromiseWithResolvers<ClaimedWork | null>;
  isTaken: boolean;
  isGone: boolean;
  isOutdated: boolean;
}

/** A desk for the claims that one process holds. */
export function createClaimDesk(): ClaimDesk {
  /** Open claims by what they wait for, the longest waiting first. */
  const lines = new Map<Topic, Set<Entry>>();

  function remove(entry: Entry): void {
    for (const line of entry.lines) {
      lines.get(line)?.delete(entry);
      if (lines.get(line)?.size === 0) lines.delete(line);
    }
  }

  /** What is open of an agent. */
  function listOpen({ deploymentId, agentId, queues }: ClaimInput): Entry[] {
    return queues.flatMap((queue) =>
      [...(lines.get(topics.work(deploymentId, queue)) ?? [])].filter(
        ({ claim }) => claim.agentId === agentId,
      ),
    );
  }

  function decide(entry: Entry, item: ClaimedWork | null): void {
    entry.outcome.resolve(item);
    entry.decided.abort();
  }

  return {
    open(claim) {
      const entry: Entry = {
        claim,
        lines: claim.queues.map((queue) => topics.work(claim.deploymentId, queue)),
        decided: new AbortController(),
        outcome: Promise.withResolvers(),
        isTaken: false,
        isGone: false,
        isOutdated: false,
      };
      for (const earlier of listOpen(claim)) {
        earlier.isOutdated = true;
        remove(earlier);
        decide(earlier, null);
      }
      for (const line of entry.lines) lines.set(line, (lines.get(line) ?? new Set()).add(entry));
      return {
        decided: entry.decided.signal,
        get isOutdated() {
          return entry.isOutdated;
        },
        async close(clock) {
          remove(entry);
          const outcome = entry.isTaken ? await within(clock, PATIENCE_MS, entry.outcome.promise) : null;
          entry.isGone = true;
          return outcome === TOO_LATE ? null : outcome;
        },
      };
    },
    handOver() {
      const taken: { readonly entry: Entry; item: ClaimedWork | null }[] = [];
      return {
        take(deploymentId, queue, code = null) {
          const line = [...(lines.get(topics.work(deploymentId, queue)) ?? [])];
          const entry = line.find(({ claim }) => findOffer(claim, code) !== null) ?? line[0];
          if (entry === undefined) return null;
          remove(entry);
          entry.isTaken = true;
          taken.push({ entry, item: null });
          return { claim: entry.claim, offer: findOffer(entry.claim, code) };
        },
        put(item) {
          const last = taken.at(-1);
          if (last !== undefined) last.item = item;
        },
        give() {
          const given = taken.splice(0).flatMap(({ entry, item }) => {
            decide(entry, item);
            return item !== null && entry.isGone ? [{ claim: entry.claim, item }] : [];
          });
          return given;
        },
        [Symbol.dispose]() {
          for (const { entry } of taken.splice(0)) decide(entry, null);
        },
      };
    },
  };
}

function findOffer({ offers = [] }: ClaimInput, code: ServedCode | null): WorkerOffer | null {
  if (code === null) return null;
  const isOf = (offer: WorkerOffer): boolean =>
    offer.locationName === code.locationName &&
    offer.revision === code.revision &&
    offer.codeDigest === code.codeDigest;
  return offers.find(isOf) ?? null;
}
