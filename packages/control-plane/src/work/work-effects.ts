import type { Work, WorkKind, WorkResults } from "@millrace/model/runs/work-item";
import type { ServerContext } from "../context/server-context.ts";
import type { Trx } from "../database/connect.ts";

/** The work of one kind. */
export type WorkOf<K extends WorkKind> = Extract<Work, { readonly kind: K }>;

/** An item that the transaction at hand settles: it is done, or given up, and comes never again. */
export interface SettledItem<K extends WorkKind> {
  readonly id: string;
  readonly deploymentId: string;
  readonly work: WorkOf<K>;
  /** The agent that had it last; null: none has had it, or it was put back. */
  readonly agentId: string | null;
}

/** An item that was done, and what its agent has answered. */
export interface DoneItem<K extends WorkKind> {
  readonly item: SettledItem<K>;
  readonly result: WorkResults[K];
}

/** Why an item was given up. */
export interface WorkLoss {
  /** One sentence for people. */
  readonly message: string;
  /** What the agent said, or an ErrorInfo of our own. */
  readonly error: unknown;
  /** Whether the item's agent says so, rather than nobody. Default: no. */
  readonly byAgent?: boolean;
}

/**
 * What it means that work of a kind is done, or that nobody will do it. The effects are in the transaction that settles the item:
 * both are there or neither is, once, however often an agent says so. Items are locked before whatever they are about; who holds a
 * run and wants its item must not wait for it.
 */
export interface WorkEffect<K extends WorkKind> {
  /** Reads what an agent answered. @throws ExpectedError naming what is wrong; the item is given up then. */
  readonly parseResult: (value: unknown) => WorkResults[K];
  readonly onDone: (trx: Trx, item: SettledItem<K>, result: WorkResults[K]) => Promise<void>;
  readonly onLost: (trx: Trx, item: SettledItem<K>, loss: WorkLoss) => Promise<void>;
  /** Its agent could not do it just now, and it comes again. Left out: that means nothing. */
  readonly onPutBack?: (trx: Trx, item: SettledItem<K>) => Promise<void>;
  /** How many items are done in one transaction; undefined: each has one of its own. */
  readonly together?: {
    /** Whether a result may be among them. */
    readonly fits: (result: WorkResults[K]) => boolean;
    readonly onDone: (trx: Trx, done: readonly DoneItem<K>[]) => Promise<void>;
  };
}

/** The effects of every kind of work. */
export type WorkEffects = { readonly [K in WorkKind]: WorkEffect<K> };

/** Makes effects that go by the time and the ids of a replica. */
export type CreateWorkEffects = (context: Pick<ServerContext, "clock" | "ids">) => WorkEffects;
