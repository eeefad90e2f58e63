import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { ServerContext } from "../context/server-context.ts";
import type { Db } from "../database/connect.ts";

/** An agent's token as users see it: the secret itself is shown once, when it is made. */
export interface AgentToken {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What the database keeps of a token. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Makes a token with which agents may ask for this deployment's work. */
export async function createAgentToken(
  { db, ids }: Pick<ServerContext, "db" | "ids">,
  deploymentId: string,
  name: string,
): Promise<{ agentToken: AgentToken; token: string }> {
  const token = `mra_${ids.newToken()}`;
  const row = await db
    .insertInto("agent_token")
    .values({ deployment_id: deploymentId, name, hash: hashToken(token) })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { agentToken: toAgentToken(row), token };
}

/** Agents with this token are refused from now on. False when there is no such token, or it was revoked before. */
export async function revokeAgentToken(db: Db, deploymentId: string, id: string): Promise<boolean> {
  const result = await db
    .updateTable("agent_token")
    .set({ revoked_at: sql`now()` })
    .where("deployment_id", "=", deploymentId)
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
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

/** Whose token this is; null for one that is unknown or revoked. Notes its use, to the minute. */
export async function findDeploymentByToken(
  db: Db,
  token: string,
): Promise<{ deploymentId: string; tokenId: string } | null> {
  const row = await db
    .selectFrom("agent_token")
    .select([
      "id",
      "deployment_id",
      sql<boolean>`coalesce(last_used_at < now() - interval '1 minute', true)`.as("is_stale"),
    ])
    .where("hash", "=", hashToken(token))
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (!row) return null;
  if (row.is_stale)
    await db
      .updateTable("agent_token")
      .set({ last_used_at: sql`now()` })
      .where("id", "=", row.id)
      .execute();
  return { deploymentId: row.deployment_id, tokenId: row.id };
}

interface AgentTokenRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

function toAgentToken(row: AgentTokenRow): AgentToken {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
