import type { DeploymentAccess } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { ExpectedError } from "@millrace/model/expected-error";
import type { TickQuestions } from "millrace/internal/context/deployment-questions";

/** The code of a tick asks for a deployment that it can't see. */
export class NoDeployment extends ExpectedError {
  readonly code = "no_deployment";
}

/** How long a question for the states of assets waits for a control plane that is away. */
const PATIENCE_MS = 60_000;

/**
 * Gives the code of one tick its deployment. The connection, and the code of the network, come with the first question: most ask none.
 *
 * @param access undefined: whoever asked for the tick gave none.
 * @param signal aborted when nobody waits for the tick any more: questions end.
 */
export async function withDeployment<T>(
  access: DeploymentAccess | undefined,
  signal: AbortSignal,
  work: (questions: TickQuestions) => Promise<T>,
): Promise<T> {
  let opened = null as ReturnType<typeof connect> | null;
  const open = async (): Promise<TickQuestions> => {
    if (access === undefined)
      throw new NoDeployment(
        "This tick was asked for without a deployment: its control plane or its agent is too old",
      );
    opened ??= connect(access, signal);
    return (await opened).questions;
  };
  try {
    return await work({
      listDynamicPartitions: async (...args) => (await open()).listDynamicPartitions(...args),
      findAssetStates: async (...args) => (await open()).findAssetStates(...args),
      listAssetHistory: async (...args) => (await open()).listAssetHistory(...args),
      listAssetPartitions: async (...args) => (await open()).listAssetPartitions(...args),
      listRuns: async (...args) => (await open()).listRuns(...args),
      findLaunchedRunKeys: async (...args) => (await open()).findLaunchedRunKeys(...args),
    });
  } finally {
    await opened?.then(({ close }) => close());
  }
}

async function connect({ agentApiUrl, token }: DeploymentAccess, signal: AbortSignal) {
  const { createAgentApiClient } = await import("@millrace/protocol/agent-api-client");
  const { createApiTickQuestions } = await import("../deployment/api-questions.ts");
  const client = createAgentApiClient(agentApiUrl, token);
  return { questions: createApiTickQuestions(client, signal, PATIENCE_MS), close: () => client.close() };
}
