import { sql } from "kysely";
import type { Trx } from "../../database/connect.ts";
import { AGENT_UNREACHABLE_AFTER_MS } from "../../agents/agent-store.ts";
import type { EarlierOutputs } from "../earlier-outputs.ts";

/** The agent in whose environment the values lie that an attempt begins with. */
export interface StoringAgent {
  readonly agentId: string;
  readonly agentName: string;
  /** Whether it is there and serves the queue of the run's location. */
  readonly isServing: boolean;
}

/**
 * The agent that ran the newest attempt before this one, of the run itself or else of those whose outputs it reads: the default
 * IO manager keeps values where they were made. Null when no agent is known to have run any.
 */
export async function findStoringAgent(
  trx: Trx,
  run: {
    readonly id: string;
    readonly deploymentId: string;
    readonly queue: string;
    readonly earlier: EarlierOutputs | null;
  },
): Promise<StoringAgent | null> {
  const runIds = [...new Set([run.id, ...Object.values(run.earlier?.outputRuns ?? {})])];
  const result = await sql<StoringAgent>`
    select a.agent_id as "agentId", coalesce(g.name, a.agent_id) as "agentName",
      coalesce(g.stopped_at is null and ${run.queue} = any(g.queues)
        and g.last_heartbeat_at > now() - ${AGENT_UNREACHABLE_AFTER_MS} * interval '1 millisecond', false) as "isServing"
    from run_attempt a left join agent g on g.deployment_id = a.deployment_id and g.id = a.agent_id
    where a.deployment_id = ${run.deploymentId} and a.run_id = any(${runIds}::uuid[]) and a.agent_id is not null
      and a.started_at is not null
    order by a.run_id = ${run.id} desc, a.started_at desc limit 1`.execute(trx);
  return result.rows[0] ?? null;
}
