import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import type { WorkKind } from "@millrace/model/runs/work-item";
import { forEachAlone } from "../daemons/for-each-alone.ts";
import { isConnectionFailure } from "../database/connection-failure.ts";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { completeWork, effectOf, isWorkKind, settle, toItem, type HeldItem } from "./settle-work.ts";
import type { WorkEffects } from "./work-effects.ts";

/** An item that an agent has done, and what it answered. */
export interface WorkResult {
  readonly id: string;
  readonly result: unknown;
}

type Agent = Omit<HeldItem, "id">;

/**
 * Settles many items that their agent has done, together with their effects: those of the first one's kind whose results fit together
 * in one transaction, the others each as `completeWork` does. When that transaction fails, each is tried alone, so none harms another.
 *
 * @returns the ids of those that the agent need not tell again; the others it does not hold any more.
 * @throws what kept items from being settled, once all others are.
 */
export async function completeWorks(
  db: Db,
  effects: WorkEffects,
  agent: Agent,
  results: readonly WorkResult[],
): Promise<string[]> {
  const kept = await inTransaction(db, (trx) => settleTogether(trx, effects, agent, results)).catch(
    (error: unknown) => {
      if (isConnectionFailure(error)) throw error;
      return new Set<string>();
    },
  );
  const alone = results.filter(({ id }) => !kept.has(id));
  await forEachAlone(alone, async ({ id, result }) => {
    if (await completeWork(db, effects, { ...agent, id }, result)) kept.add(id);
  });
  return [...kept];
}

interface HeldKind {
  readonly id: string;
  readonly kind: string;
}

/** The ids of those that it has settled. */
async function settleTogether(
  trx: Trx,
  effects: WorkEffects,
  { deploymentId, agentId }: Agent,
  results: readonly WorkResult[],
): Promise<Set<string>> {
  // In the order of their ids, as whoever extends their leases: nobody waits in a circle.
  const { rows: held } = await sql<HeldKind>`
    select id, kind from work_item where deployment_id = ${deploymentId} and id = any(${results.map(({ id }) => id)}::uuid[])
      and agent_id = ${agentId} and state = 'claimed'
    order by id for no key update`.execute(trx);
  const kind = held[0]?.kind ?? "";
  if (!isWorkKind(kind)) return new Set();
  const ids = new Set(held.filter((item) => item.kind === kind).map(({ id }) => id));
  return settleKind(
    trx,
    effects,
    kind,
    results.filter(({ id }) => ids.has(id)),
  );
}

async function settleKind(
  trx: Trx,
  effects: WorkEffects,
  kind: WorkKind,
  results: readonly WorkResult[],
): Promise<Set<string>> {
  const { parseResult, together } = effectOf(effects, kind);
  if (together === undefined) return new Set();
  const fitting = new Map(
    results.flatMap(({ id, result }) => {
      const parsed = orNothing(() => parseResult(result));
      return parsed === null || !together.fits(parsed) ? [] : [[id, parsed] as const];
    }),
  );
  const rows = await settle(trx, "done", null, sql`id = any(${[...fitting.keys()]}::uuid[])`);
  const done = rows.flatMap((row) => {
    const result = fitting.get(row.id);
    return result === undefined ? [] : [{ item: toItem(row), result }];
  });
  await together.onDone(trx, done);
  return new Set(fitting.keys());
}

/** Null: it was refused; `completeWork` says why. */
function orNothing<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return null;
  }
}
