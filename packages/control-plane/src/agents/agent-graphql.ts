import { hasUnshowable } from "@millrace/model/text-limits";
import { AGENT_STATES, agentState, drainAgent, listAgents, removeAgent, type Agent } from "./agent-store.ts";
import { createAgentToken, listAgentTokens, revokeAgentToken, type AgentToken } from "./agent-token-store.ts";
import { BadRequest } from "../api/bad-request.ts";
import { builder, readUuid } from "../graphql/builder.ts";

const AgentStateType = builder.enumType("AgentState", { values: AGENT_STATES });

const AgentType = builder.objectRef<Agent>("Agent").implement({
  access: "agent.view",
  fields: (t) => ({
    id: t.exposeID("id"),
    name: t.exposeString("name"),
    kind: t.exposeString("kind"),
    version: t.exposeString("version"),
    hostname: t.exposeString("hostname"),
    queues: t.exposeStringList("queues"),
    state: t.field({
      type: AgentStateType,
      resolve: (agent, _args, { clock }) => agentState(agent, clock.now()),
    }),
    startedAt: t.expose("startedAt", { type: "DateTime" }),
    lastHeartbeatAt: t.expose("lastHeartbeatAt", { type: "DateTime" }),
    drainedAt: t.expose("drainedAt", {
      type: "DateTime",
      nullable: true,
      description: "Since when it takes no more work of its queues; null: it does.",
    }),
    report: t.expose("report", {
      type: "JSON",
      description: "Code servers, run workers and errors as last reported.",
    }),
  }),
});

const AgentTokenType = builder.objectRef<AgentToken>("AgentToken").implement({
  access: "agent_token.view",
  fields: (t) => ({
    id: t.exposeID("id"),
    name: t.exposeString("name"),
    queues: t.exposeStringList("queues", {
      nullable: true,
      description: "The queues that its agents may serve. Null: every one.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    lastUsedAt: t.expose("lastUsedAt", { type: "DateTime", nullable: true }),
    revokedAt: t.expose("revokedAt", { type: "DateTime", nullable: true }),
  }),
});

const CreatedAgentTokenType = builder
  .objectRef<{ readonly agentToken: AgentToken; readonly token: string }>("CreatedAgentToken")
  .implement({
    fields: (t) => ({
      agentToken: t.expose("agentToken", { type: AgentTokenType }),
      token: t.exposeString("token"),
    }),
  });

builder.queryFields((t) => ({
  agents: t.field({
    access: "agent.view",
    type: [AgentType],
    resolve: (_root, _args, { db, deploymentId }) => listAgents(db, deploymentId),
  }),
  agentTokens: t.field({
    access: "agent_token.view",
    type: [AgentTokenType],
    resolve: (_root, _args, { db, deploymentId }) => listAgentTokens(db, deploymentId),
  }),
}));

builder.mutationFields((t) => ({
  createAgentToken: t.field({
    access: { action: "agent_token.create", audit: ["name", "queues"] },
    type: CreatedAgentTokenType,
    description: "The token is in the answer and nowhere else.",
    args: {
      name: t.arg.string({ required: true }),
      queues: t.arg.stringList({ description: "The queues that its agents may serve. Default: every one." }),
    },
    resolve: (_root, { name, queues }, context) =>
      createAgentToken(context, context.deploymentId, readName(name), readQueues(queues ?? null)),
  }),
  drainAgent: t.field({
    access: { action: "agent.drain", audit: ["id", "drained"] },
    type: AgentType,
    nullable: true,
    description:
      "Has an agent take no more work of its queues, or take it again. Its runs go on to their end. It stays so over its restarts.",
    args: { id: t.arg.id({ required: true }), drained: t.arg.boolean({ required: true }) },
    resolve: (_root, { id, drained }, { db, deploymentId }) => drainAgent(db, deploymentId, id, drained),
  }),
  removeAgent: t.boolean({
    access: { action: "agent.remove", audit: ["id"] },
    description:
      "Forgets an agent that has stopped or is out of reach; if it comes back, it is there again. False: it is not there, or it runs.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, deploymentId }) => removeAgent(db, deploymentId, id),
  }),
  revokeAgentToken: t.boolean({
    access: { action: "agent_token.revoke", audit: ["id"] },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, deploymentId }) => revokeAgentToken(db, deploymentId, readUuid("id", id)),
  }),
}));

function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "" || hasUnshowable(trimmed))
    throw new BadRequest("`name` must say what the token is for, without control characters");
  return trimmed;
}

/** Null: every queue. @throws BadRequest */
function readQueues(queues: readonly string[] | null): string[] | null {
  if (queues === null) return null;
  const names = [...new Set(queues.map((queue) => queue.trim()))];
  if (names.length === 0 || names.some((name) => name === "" || hasUnshowable(name)))
    throw new BadRequest(
      "`queues` must name at least one queue, without control characters; leave it out for every queue",
    );
  return names;
}
