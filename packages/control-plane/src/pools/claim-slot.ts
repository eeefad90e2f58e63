import { topics } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import type { ServerContext } from "../context/server-context.ts";
import { forEachAlone } from "../daemons/for-each-alone.ts";
import {
  askForSlot,
  deleteEndedSlots,
  deleteSlot,
  findSlotLimit,
  grantSlots,
  hasSlot,
  listAwaitedPools,
  lockPool,
  lockPoolOfStep,
  type SlotRequest,
} from "./slot-store.ts";

/**
 * Claims a slot of a pool for a step; where none is free, it waits in line, for at most `waitMs` in this request. Who asks again
 * keeps its place, and a slot that it has.
 *
 * @returns whether the step has the slot.
 * @throws OtherPoolClaimed
 */
export async function claimSlot(
  { db, bus, clock }: Pick<ServerContext, "db" | "bus" | "clock">,
  request: SlotRequest,
  hold: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  using waiting = bus.wait([topics.slots(request.deploymentId, request.runId)]);
  const end = clock.monotonic() + hold.waitMs;
  let granted = await takeTurn(db, request);
  while (!granted && !hold.signal.aborted) {
    const remainingMs = end - clock.monotonic();
    if (remainingMs <= 0) break;
    await waiting.next(remainingMs, hold.signal);
    granted = await hasSlot(db, request);
  }
  return granted;
}

async function takeTurn(db: Db, request: SlotRequest): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const { deploymentId, pool } = request;
    await lockPool(trx, deploymentId, pool);
    await askForSlot(trx, request);
    await grantSlots(trx, deploymentId, pool, await findSlotLimit(trx, deploymentId, pool));
    return hasSlot(trx, request);
  });
}

/** Gives back what a step has claimed, if it has, and the slot to the next in line. */
export async function freeSlot(db: Db, step: Omit<SlotRequest, "pool">): Promise<void> {
  await inTransaction(db, async (trx) => {
    const pool = await lockPoolOfStep(trx, step);
    if (pool === null) return;
    await deleteSlot(trx, step);
    await grantSlots(trx, step.deploymentId, pool, await findSlotLimit(trx, step.deploymentId, pool));
  });
}

/** Gives slots that have become free, as an attempt has ended or a limit was raised, to those who wait for them. */
export async function grantFreeSlots(db: Db, deploymentId: string): Promise<void> {
  await forEachAlone(await listAwaitedPools(db, deploymentId), (pool) =>
    inTransaction(db, async (trx) => {
      await lockPool(trx, deploymentId, pool);
      await deleteEndedSlots(trx, deploymentId, pool);
      await grantSlots(trx, deploymentId, pool, await findSlotLimit(trx, deploymentId, pool));
    }),
  );
}
