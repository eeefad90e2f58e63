import { HEARTBEAT_SECONDS, recordHeartbeat, registerAgent, unregisterAgent } from "../agents/agent-store.ts";
import { getDeployment } from "../deployments/deployment-store.ts";
import { BadRequest } from "../api/bad-request.ts";
import { listExpiredRuns } from "../runs/list-expired-runs.ts";
import { builder } from "./agent-api-builder.ts";
import { requireAgent, requireOwnQueues, type AgentApiContext } from "./agent-api-context.ts";

interface AgentSettings {
  readonly heartbeatSeconds: number;
  readonly workerHeartbeatSeconds: number;
  readonly standbyWorkers: number;
  readonly stepValueRetentionDays: number;
}

const AgentSettingsType = builder.objectRef<AgentSettings>("AgentSettings").implement({
  fields: (t) => ({
    heartbeatSeconds: t.exposeFloat("heartbeatSeconds"),
    workerHeartbeatSeconds: t.exposeFloat("workerHeartbeatSeconds"),
    standbyWorkers: t.exposeInt("standbyWorkers", {
      description: "How many standby workers to keep for each code location.",
    }),
    stepValueRetentionDays: t.exposeInt("stepValueRetentionDays", {
      description: "Days that the outputs of ops stay after their run; `expiredRuns` says which may go.",
    }),
  }),
});

const RegisterAgentInput = builder.inputType("RegisterAgentInput", {
  fields: (t) => ({
    agentId: t.id(),
    name: t.string(),
    kind: t.string(),
    version: t.string(),
    hostname: t.string(),
    queues: t.stringList(),
  }),
});

const CodeServerReport = builder.inputType("CodeServerReport", {
  fields: (t) => ({
    locationName: t.string(),
    revision: t.int(),
    codeDigest: t.string({ required: false }),
    place: t.string({ required: false, description: "Where it runs, for people." }),
    state: t.string({ description: "starting, serving, failed" }),
  }),
});

const RunWorkerReport = builder.inputType("RunWorkerReport", {
  fields: (t) => ({
    runId: t.id(),
    attempt: t.int(),
    place: t.string({ required: false, description: "Where it runs, for people." }),
  }),
});

const HeartbeatInput = builder.inputType("HeartbeatInput", {
  fields: (t) => ({
    agentId: t.id(),
    codeServers: t.field({ type: [CodeServerReport] }),
    runWorkers: t.field({ type: [RunWorkerReport] }),
    errors: t.field({ type: ["JSON"] }),
  }),
});

builder.mutationFields((t) => ({
  registerAgent: t.field({
    access: "token",
    type: AgentSettingsType,
    description: "An agent says hello, at start and after a long silence. Idempotent.",
    args: { input: t.arg({ type: RegisterAgentInput }) },
    resolve: async (_root, { input }, context) => {
      const caller = requireAgent(context);
      requireOwnQueues(caller, input.queues, input.agentId);
      await registerAgent(context.db, caller, input);
      return readAgentSettings(context);
    },
  }),
  heartbeat: t.field({
    access: "agent",
    type: AgentSettingsType,
    description: "Every `heartbeatSeconds`: I am here, this is what runs.",
    args: { input: t.arg({ type: HeartbeatInput }) },
    resolve: async (_root, { input: { agentId, ...report } }, context) => {
      await recordHeartbeat(context.db, context.caller.deploymentId, agentId, report);
      return readAgentSettings(context);
    },
  }),
  unregisterAgent: t.boolean({
    access: "agent",
    description: "The agent leaves in order; its work goes to others at once.",
    args: { agentId: t.arg.id() },
    resolve: (_root, { agentId }, context) =>
      unregisterAgent(context.db, context.caller.deploymentId, agentId),
  }),
}));

builder.queryField("expiredRuns", (t) =>
  t.idList({
    access: "agent",
    description: "Which of these runs no other run will go on from: what is stored of them may be removed.",
    args: { agentId: t.arg.id(), runIds: t.arg.idList() },
    resolve: async (_root, { runIds }, { db, caller }) => {
      if (runIds.length > MAX_RUN_IDS)
        throw new BadRequest(`\`runIds\` may hold ${MAX_RUN_IDS} ids, not ${runIds.length}`);
      const { settings } = await getDeployment(db, caller.deploymentId);
      return listExpiredRuns(db, caller.deploymentId, runIds, settings.stepValueRetentionDays);
    },
  }),
);

/** Ids that one question may hold. */
const MAX_RUN_IDS = 1_000;

async function readAgentSettings(context: AgentApiContext): Promise<AgentSettings> {
  const { settings } = await getDeployment(context.db, context.caller.deploymentId);
  return {
    heartbeatSeconds: HEARTBEAT_SECONDS,
    workerHeartbeatSeconds: HEARTBEAT_SECONDS,
    standbyWorkers: settings.standbyWorkers,
    stepValueRetentionDays: settings.stepValueRetentionDays,
  };
}
