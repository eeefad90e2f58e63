import { answerQuestion, remoteRunInstance } from "millrace/internal/context/remote-run-instance";
import type { RunInstance } from "millrace/internal/context/run-instance";
import type { Attempt } from "@millrace/protocol/journal/deliver-events";

/** How a process of the engine reaches the deployment. */
export interface DeploymentAccess {
  readonly agentApiUrl: string;
  readonly runToken: string;
}

/** The deployment for an attempt of a run. The network's code is loaded by the first question: most ask none. */
export function askWhenNeeded(attempt: Attempt, access: DeploymentAccess): RunInstance {
  let instance: Promise<RunInstance> | null = null;
  return remoteRunInstance(async (question) => {
    instance ??= connect(attempt, access);
    return answerQuestion(await instance, question);
  });
}

async function connect(attempt: Attempt, { agentApiUrl, runToken }: DeploymentAccess): Promise<RunInstance> {
  const { createAgentApiClient, openAgentApiConnections } =
    await import("@millrace/protocol/agent-api-client");
  const { createApiRunInstance } = await import("./api-run-instance.ts");
  const client = createAgentApiClient(agentApiUrl, runToken, openAgentApiConnections(agentApiUrl));
  return createApiRunInstance(client, attempt);
}
