import type { Socket } from "node:net";
import { GraphQLError } from "graphql";
import { systemClock } from "@millrace/model/time/clock";
import { within } from "@millrace/model/waiting/within";

/** The agent's half of a fake agent API: what agents are to do and to serve. */
export interface FakeWork {
  /** Wants these locations served from now on. */
  desire(
    ...locations: readonly { readonly name: string; readonly revision: number; readonly document: object }[]
  ): void;
  /** Leaves an item for whoever asks next; `isStarted` counts for its first delivery. Returns its id. */
  enqueue(kind: string, payload: object, isStarted?: boolean): string;
  /** Leaves an item a second time, as after a lost lease. */
  redeliver(id: string): void;
  /** Says from now on that this item is not the agent's any more. */
  revokeLease(id: string): void;
  /** Refuses from now on what comes of this item, and whatever comes together with it. */
  refuseResult(id: string): void;
  /** Says from now on that nobody needs what is stored of these runs. */
  expire(...runIds: readonly string[]): void;
}

/** What holds requests until something changes. */
interface Surroundings {
  readonly noteChange: () => void;
  readonly nextChange: () => Promise<void>;
  /** Aborts when the fake ends. */
  readonly closed: AbortSignal;
}

const SETTINGS = {
  heartbeatSeconds: 0.2,
  workerHeartbeatSeconds: 5,
  standbyWorkers: 1,
  stepValueRetentionDays: 30,
};
/** Short, so that an agent extends its leases while a test looks. */
const LEASE_MS = 300;

interface Item {
  readonly id: string;
  readonly kind: string;
  readonly payload: object;
  readonly deliveries: number;
  readonly isStarted: boolean;
  readonly leaseMs: number;
}

/** @returns beside what tests see, the root fields of the schema; their context is the socket of who asks. */
export function createFakeWork({
  noteChange,
  nextChange,
  closed,
}: Surroundings): FakeWork & { readonly operations: object } {
  const items = new Map<string, Item>();
  const pending: string[] = [];
  const lostLeases = new Set<string>();
  const refusedResults = new Set<string>();
  const expired = new Set<string>();
  let locations: readonly object[] = [];
  let revision = 0;

  /** Looks until it has found something, for at most `waitMs`, and only while somebody waits for the answer. */
  async function holdUntil<T>(waitMs: number, asker: Socket, find: () => T | null): Promise<T | null> {
    const end = performance.now() + waitMs;
    asker.removeListener("close", noteChange).once("close", noteChange);
    for (;;) {
      if (asker.destroyed) return null;
      const found = find();
      if (found !== null || performance.now() >= end || closed.aborted) return found;
      await within(systemClock, end - performance.now(), nextChange());
    }
  }

  function takePending(max: number): readonly Item[] | null {
    const ids = pending.splice(0, max);
    if (ids.length === 0) return null;
    return ids.map((id) => {
      const item = items.get(id);
      if (!item) throw new Error(`There is no item ${id}`);
      const delivered = { ...item, deliveries: item.deliveries + 1 };
      items.set(id, { ...delivered, isStarted: false });
      return delivered;
    });
  }

  function requireTaken(id: string): void {
    if (refusedResults.has(id))
      throw new GraphQLError("the result is too large", { extensions: { code: "bad_request" } });
  }

  const operations = {
    registerAgent: () => SETTINGS,
    heartbeat: () => SETTINGS,
    unregisterAgent: () => true,
    expiredRuns: ({ runIds }: { readonly runIds: readonly string[] }) =>
      runIds.filter((id) => expired.has(id)),
    async desiredLocations(
      { haveRevision, waitMs }: { readonly haveRevision: string | null; readonly waitMs: number },
      asker: Socket,
    ) {
      await holdUntil(waitMs, asker, () => (String(revision) === haveRevision ? null : true));
      return { revision: String(revision), locations };
    },
    async claimWork(
      { max, waitMs }: { readonly max: number; readonly waitMs: number },
      asker: Socket,
    ): Promise<readonly Item[]> {
      return (await holdUntil(waitMs, asker, () => takePending(max))) ?? [];
    },
    extendLeases: ({ itemIds }: { readonly itemIds: readonly string[] }) =>
      itemIds.filter((id) => !lostLeases.has(id)),
    completeWork({ itemId }: { readonly itemId: string }) {
      requireTaken(itemId);
      return true;
    },
    completeWorks({ results }: { readonly results: readonly { readonly itemId: string }[] }) {
      for (const { itemId } of results) requireTaken(itemId);
      return results.map(({ itemId }) => itemId);
    },
    failWork: () => true,
    missingSnapshots: ({ digests }: { readonly digests: readonly string[] }) => digests,
    reportLocation: () => true,
    reportWorkerExit: () => "CONTINUE",
  };

  return {
    operations,
    desire(...wanted) {
      locations = wanted;
      revision += 1;
      noteChange();
    },
    enqueue(kind, payload, isStarted = false) {
      const id = `item-${items.size}`;
      items.set(id, { id, kind, payload, deliveries: 0, isStarted, leaseMs: LEASE_MS });
      pending.push(id);
      noteChange();
      return id;
    },
    redeliver(id) {
      pending.push(id);
      noteChange();
    },
    revokeLease: (id) => void lostLeases.add(id),
    refuseResult: (id) => void refusedResults.add(id),
    expire(...runIds) {
      for (const runId of runIds) expired.add(runId);
    },
  };
}
