import { AgentApiRefused } from "@millrace/protocol/agent-api-client";
import { CompleteWorkDocument, CompleteWorksDocument } from "@millrace/protocol/agent-api.gen";
import { orAborted } from "@millrace/model/waiting/until-aborted";
import type { AgentContext } from "../context/agent-context.ts";

/** Requests at once: while they are on their way, further results gather. */
const AT_ONCE = 2;
/** Results in one request, and bytes of JSON of all of them. */
const MAX_RESULTS = 200;
const MAX_BYTES = 500_000;

/** An item of which something came. */
interface ToldItem {
  readonly id: string;
  readonly kind: string;
}

interface Waiting extends ToldItem {
  readonly result: unknown;
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly told: PromiseWithResolvers<boolean>;
}

/** Tells the control plane what came of work. */
export interface ResultTeller {
  /**
   * Tells what came of one item: at once if nothing else is on its way, else together with what else there is to tell then.
   *
   * @param signal aborted when nobody wants to know any more.
   * @returns whether it counts; false: the item's lease was lost before.
   * @throws AgentApiRefused, or the reason of the signal.
   */
  tell(item: ToldItem, result: unknown, signal: AbortSignal): Promise<boolean>;
}

/** @param stop aborted when the agent stops. */
export function createResultTeller(
  { uplink, agentId }: Pick<AgentContext, "uplink" | "agentId">,
  stop: AbortSignal,
): ResultTeller {
  const waiting: Waiting[] = [];
  let sending = 0;

  /** The next ones of one kind that fit into a request. */
  function takeBatch(): Waiting[] {
    const kind = waiting[0]?.kind;
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const one of waiting) {
      if (one.kind !== kind || batch.length === MAX_RESULTS) break;
      bytes += one.bytes;
      if (batch.length > 0 && bytes > MAX_BYTES) break;
      batch.push(one);
    }
    waiting.splice(0, batch.length);
    return batch.filter(({ signal }) => !signal.aborted);
  }

  async function tellOne({ id, result, signal, told }: Waiting): Promise<void> {
    await uplink
      .sendUntilAnswered(CompleteWorkDocument, { agentId, itemId: id, result }, signal)
      .then(({ completeWork }) => told.resolve(completeWork), told.reject);
  }

  async function tellAll(batch: readonly Waiting[]): Promise<void> {
    const [first, ...others] = batch;
    if (first === undefined) return;
    if (others.length === 0) return tellOne(first);
    const results = batch.map(({ id, result }) => ({ itemId: id, result }));
    try {
      const { completeWorks } = await uplink.sendUntilAnswered(
        CompleteWorksDocument,
        { agentId, results },
        stop,
      );
      const kept = new Set(completeWorks);
      for (const { id, told } of batch) told.resolve(kept.has(id));
    } catch (error) {
      if (!(error instanceof AgentApiRefused)) for (const { told } of batch) told.reject(error);
      // One of them is refused, or a control plane that is older knows no batches.
      else for (const one of batch) await tellOne(one);
    }
  }

  async function send(): Promise<void> {
    sending++;
    while (waiting.length > 0) await tellAll(takeBatch());
    sending--;
  }

  return {
    tell({ id, kind }, result, signal) {
      const told = Promise.withResolvers<boolean>();
      const bytes = JSON.stringify(result ?? null).length;
      waiting.push({ id, kind, result, bytes, signal, told });
      if (sending < AT_ONCE) void send();
      return orAborted(told.promise, signal);
    },
  };
}
