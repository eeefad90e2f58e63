import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import { topics } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { notifications, notifyChange, notifyWork } from "../wake/notify-change.ts";

/** What agents and run workers are told about times and sizes. */
export const HEARTBEAT_SECONDS = 5;
/** An agent that was not heard of for this long is out of reach. */
export const AGENT_UNREACHABLE_AFTER_MS = 15_000;

/** What an agent says about itself when it starts. */
export interface AgentRegistration {
  readonly agentId: string;
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  readonly hostname: string;
  readonly queues: readonly string[];
}

/** An agent and what it said last. */
export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  readonly hostname: string;
  readonly queues: readonly string[];
  readonly startedAt: Date;
  readonly lastHeartbeatAt: Date;
  readonly stoppedAt: Date | null;
  /** Since when it is given no more work of its queues; null: it is. */
  readonly drainedAt: Date | null;
  /** Its code servers, run workers and errors. */
  readonly report: unknown;
}

/** The agent must register before anything else. */
export class UnknownAgent extends ExpectedError {
  readonly code = "not_found";
}

/** The agent is another token's. */
export class AgentOfAnotherToken extends ExpectedError {
  readonly code = "forbidden";
}

export const AGENT_STATES = ["running", "unreachable", "stopped"] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** What has become of an agent at `now`. */
export function agentState(agent: Agent, now: number): AgentState {
  if (agent.stoppedAt !== null) return "stopped";
  return now - agent.lastHeartbeatAt.getTime() > AGENT_UNREACHABLE_AFTER_MS ? "unreachable" : "running";
}

/**
 * An agent says hello. Again with the same id: it has restarted, or was away for long. From now on nobody speaks for the agent
 * but with this token. One token may have several agents; an agent comes to another token once it has left in order, or when its
 * own was revoked.
 *
 * @throws AgentOfAnotherToken
 */
export async function registerAgent(
  db: Db,
  { deploymentId, tokenId }: { readonly deploymentId: string; readonly tokenId: string },
  input: AgentRegistration,
): Promise<void> {
  const now = sql<Date>`now()`;
  const said = {
    token_id: tokenId,
    name: input.name,
    kind: input.kind,
    version: input.version,
    hostname: input.hostname,
    queues: [...input.queues],
    started_at: now,
    last_heartbeat_at: now,
    stopped_at: null,
  };
  const registered = await db
    .insertInto("agent")
    .values({ deployment_id: deploymentId, id: input.agentId, ...said })
    .onConflict((conflict) =>
      conflict
        .columns(["deployment_id", "id"])
        .doUpdateSet(said)
        .where(
          sql<boolean>`agent.token_id is null or agent.token_id = ${tokenId} or agent.stopped_at is not null
            or exists (select from agent_token t where t.id = agent.token_id and t.revoked_at is not null)`,
        ),
    )
    .returning("id")
    .executeTakeFirst();
  if (registered === undefined)
    throw new AgentOfAnotherToken(
      `Agent ${input.agentId} has registered with another token: stop it in order, or revoke that token, before it comes with this one`,
    );
  await notifyChange(db, topics.agents(deploymentId));
}

/**
 * Records that the agent lives and what runs there. Readers are told only when the report has changed.
 *
 * @throws UnknownAgent when it has never registered.
 */
export async function recordHeartbeat(
  db: Db,
  deploymentId: string,
  agentId: string,
  report: unknown,
): Promise<void> {
  const result = await sql`
    with before as (
      select report from agent where deployment_id = ${deploymentId} and id = ${agentId}
    )
    update agent set last_heartbeat_at = now(), stopped_at = null, report = ${JSON.stringify(report)}::jsonb from before
    where deployment_id = ${deploymentId} and id = ${agentId}
    returning set_config('synchronous_commit', 'off', true),
      case when before.report is distinct from agent.report then ${notifications([topics.agents(deploymentId)])} end`.execute(
    db,
  );
  if (result.rows.length === 0)
    throw new UnknownAgent(`Agent ${agentId} is not registered here: send \`registerAgent\` first`);
}

/** Notes that an agent is there, from whatever it says: after a cut its next heartbeat may come later than that. */
export async function noteAgentIsThere(db: Db, deploymentId: string, agentId: string): Promise<void> {
  await sql`
    update agent set last_heartbeat_at = now() where deployment_id = ${deploymentId} and id = ${agentId}
    returning set_config('synchronous_commit', 'off', true)`.execute(db);
}

/** The agent leaves in order: what it has claimed and not finished goes to others at once. */
export async function unregisterAgent(db: Db, deploymentId: string, agentId: string): Promise<boolean> {
  await sql`
    update work_item set state = 'pending', agent_id = null, lease_until = null
    where deployment_id = ${deploymentId} and agent_id = ${agentId} and state = 'claimed'
    returning ${notifyWork}`.execute(db);
  const result = await db
    .updateTable("agent")
    .set({ stopped_at: sql`now()` })
    .where("deployment_id", "=", deploymentId)
    .where("id", "=", agentId)
    .executeTakeFirst();
  await notifyChange(db, topics.agents(deploymentId));
  return result.numUpdatedRows > 0n;
}

/**
 * Has an agent take no more work of its queues, or take it again; what it has, it finishes, and its code servers go on. It stays so
 * over its restarts.
 *
 * @returns null: it is not there.
 */
export async function drainAgent(
  db: Db,
  deploymentId: string,
  agentId: string,
  drained: boolean,
): Promise<Agent | null> {
  return inTransaction(db, async (trx) => {
    const row = await trx
      .updateTable("agent")
      .set({ drained_at: drained ? sql`coalesce(drained_at, now())` : null })
      .where("deployment_id", "=", deploymentId)
      .where("id", "=", agentId)
      .returning("token_id")
      .executeTakeFirst();
    if (row === undefined) return null;
    await notifyChange(
      trx,
      topics.agents(deploymentId),
      // Requests that it has held are answered, and it asks again.
      ...(row.token_id === null ? [] : [topics.agentToken(deploymentId, row.token_id)]),
    );
    return (await listAgents(trx, deploymentId)).find(({ id }) => id === agentId) ?? null;
  });
}

/**
 * Forgets an agent that has stopped or is out of reach. One that comes back all the same says hello again, and is there again.
 *
 * @returns false: it is not there, or it runs.
 */
export async function removeAgent(db: Db, deploymentId: string, agentId: string): Promise<boolean> {
  const result = await sql`
    delete from agent where deployment_id = ${deploymentId} and id = ${agentId} and (stopped_at is not null
      or last_heartbeat_at < now() - ${AGENT_UNREACHABLE_AFTER_MS} * interval '1 millisecond')
    returning ${notifications([topics.agents(deploymentId)])}`.execute(db);
  return result.rows.length > 0;
}

/** Every agent that was heard of lately, the newest first. */
export async function listAgents(db: Db, deploymentId: string): Promise<Agent[]> {
  const rows = await db
    .selectFrom("agent")
    .selectAll()
    .where("deployment_id", "=", deploymentId)
    .orderBy("started_at", "desc")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    version: row.version,
    hostname: row.hostname,
    queues: row.queues,
    startedAt: row.started_at,
    lastHeartbeatAt: row.last_heartbeat_at,
    stoppedAt: row.stopped_at,
    drainedAt: row.drained_at,
    report: row.report,
  }));
}
