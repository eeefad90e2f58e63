import type { Clock } from "@millrace/model/time/clock";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import { topics, type Topic } from "@millrace/model/topic";
import type { ClaimedWork, ClaimInput } from "./claim.ts";

/** A claim that this replica holds for an agent since there is no work for it, and that may be given some. */
export interface OpenClaim {
  /** Aborted when the claim was given work, or what it was taken for came to nothing: the wait for hints is over. */
  readonly decided: AbortSignal;
  /**
   * The claim is open no more. Whoever has taken it by now is waited for, until the work is there or came to nothing.
   *
   * @returns the work, which is the agent's; null: there is none.
   */
  close(clock: Clock): Promise<ClaimedWork | null>;
}

/** Claims that one transaction has taken to give them the work that it leaves. What was not given is put back. */
export interface HandOver extends Disposable {
  /** Takes the claim that has been open longest for a queue; null: none is. */
  take(deploymentId: string, queue: string): ClaimInput | null;
  /** The work that the transaction has stored as claimed by what `take` gave last. */
  put(item: ClaimedWork): void;
  /** Gives the work, once the transaction has committed. Returns what no claim waits for any more. */
  give(): { readonly claim: ClaimInput; readonly item: ClaimedWork }[];
}

/** Where those who have work for agents meet the claims that wait for it in this replica. */
export interface ClaimDesk {
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
      };
      for (const line of entry.lines) lines.set(line, (lines.get(line) ?? new Set()).add(entry));
      return {
        decided: entry.decided.signal,
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
        take(deploymentId, queue) {
          const [entry] = lines.get(topics.work(deploymentId, queue)) ?? [];
          if (entry === undefined) return null;
          remove(entry);
          entry.isTaken = true;
          taken.push({ entry, item: null });
          return entry.claim;
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
