import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { ServerContext } from "../context/server-context.ts";
import { ExpectedError } from "@millrace/model/expected-error";
import { topics } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";
import { notifications } from "../wake/notify-change.ts";

/** An agent's token as users see it: the secret itself is shown once, when it is made. */
export interface AgentToken {
  readonly id: string;
  readonly name: string;
  /** The queues that its agents may serve; null: every one. */
  readonly queues: readonly string[] | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What the database keeps of a token. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * Makes a token with which agents may ask for this deployment's work.
 *
 * @param queues those of which they may; null: every one.
 */
export async function createAgentToken(
  { db, ids }: Pick<ServerContext, "db" | "ids">,
  deploymentId: string,
  name: string,
  queues: readonly string[] | null = null,
): Promise<{ agentToken: AgentToken; token: string }> {
  const token = `mra_${ids.newToken()}`;
  const row = await db
    .insertInto("agent_token")
    .values({ deployment_id: deploymentId, name, queues: queues && [...queues], hash: hashToken(token) })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { agentToken: toAgentToken(row), token };
}

/**
 * Agents with this token are refused from now on, those too whose requests are held just now. False when there is no such token,
 * or it was revoked before.
 */
export async function revokeAgentToken(db: Db, deploymentId: string, id: string): Promise<boolean> {
  const result = await sql`
    update agent_token set revoked_at = now()
    where deployment_id = ${deploymentId} and id = ${id}::uuid and revoked_at is null
    returning ${notifications([topics.agentToken(deploymentId, id)])}`.execute(db);
  return result.rows.length > 0;
}

/** The token is unknown, or was revoked, maybe while the request was held. */
export class AgentTokenRefused extends ExpectedError {
  readonly code = "unauthenticated";
  constructor() {
    super("This agent token is unknown or was revoked: make a new one on the page Agents");
  }
}

/**
 * Lets a request that was held go on: its token was good when it came.
 *
 * @throws AgentTokenRefused
 */
export async function requireStandingToken(db: Db, tokenId: string): Promise<void> {
  const result = await sql`
    select from agent_token where id = ${tokenId}::uuid and revoked_at is null`.execute(db);
  if (result.rows.length === 0) throw new AgentTokenRefused();
}

/** All tokens, revoked ones too, the newest first. */
export async function listAgentTokens(db: Db, deploymentId: string): Promise<AgentToken[]> {
  const rows = await db
    .selectFrom("agent_token")
    .selectAll()
    .where("deployment_id", "=", deploymentId)
    .orderBy("created_at", "desc")
    .execute();
  return rows.map(toAgentToken);
}

/** What a token that is good stands for. */
export interface AgentIdentity {
  readonly tokenId: string;
  readonly deploymentId: string;
  /** The queues that its agents may serve; null: every one. */
  readonly queues: readonly string[] | null;
  /** The agents that have registered with it. */
  readonly agentIds: readonly string[];
  /** Those of them that take no more work of their queues. */
  readonly drainedAgentIds: readonly string[];
}

/** What a token stands for; null for one that is unknown or revoked. Notes its use, to the minute. */
export async function findAgentIdentity(db: Db, token: string): Promise<AgentIdentity | null> {
  const result = await sql<AgentIdentity & { isStale: boolean }>`
    select t.id as "tokenId", t.deployment_id as "deploymentId", t.queues,
      array(select a.id from agent a where a.token_id = t.id) as "agentIds",
      array(select a.id from agent a where a.token_id = t.id and a.drained_at is not null) as "drainedAgentIds",
      coalesce(t.last_used_at < now() - interval '1 minute', true) as "isStale"
    from agent_token t where t.hash = ${hashToken(token)} and t.revoked_at is null`.execute(db);
  const row = result.rows[0];
  if (row === undefined) return null;
  const { isStale, ...identity } = row;
  if (isStale)
    await db
      .updateTable("agent_token")
      .set({ last_used_at: sql`now()` })
      .where("id", "=", identity.tokenId)
      .execute();
  return identity;
}

interface AgentTokenRow {
  readonly id: string;
  readonly name: string;
  readonly queues: string[] | null;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

function toAgentToken(row: AgentTokenRow): AgentToken {
  return {
    id: row.id,
    name: row.name,
    queues: row.queues,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
