import { answerQuestion, remoteRunInstance } from "millrace/internal/context/remote-run-instance";
import type { RunInstance } from "millrace/internal/context/run-instance";
import type { StepTask } from "millrace/internal/execution/elsewhere/step-task";

/** How a step's process reaches the deployment: what the run worker writes into the step's task. */
interface StepDeployment {
  readonly agentApiUrl: string;
  readonly runToken: string;
  readonly attempt: number;
}

/** The deployment for a step in a process of its own. The network's code is loaded by the first question: most ask none. */
export function askWhenNeeded({ runId, host }: StepTask): RunInstance {
  let instance: Promise<RunInstance> | null = null;
  return remoteRunInstance(async (question) => {
    instance ??= connect(runId, host as StepDeployment);
    return answerQuestion(await instance, question);
  });
}

async function connect(runId: string, deployment: StepDeployment): Promise<RunInstance> {
  const { createAgentApiClient, openAgentApiConnections } =
    await import("@millrace/protocol/agent-api-client");
  const { createApiRunInstance } = await import("../run-worker/api-run-instance.ts");
  const { agentApiUrl, runToken, attempt } = deployment;
  const client = createAgentApiClient(agentApiUrl, runToken, openAgentApiConnections(agentApiUrl));
  return createApiRunInstance(client, { runId, attempt });
}
