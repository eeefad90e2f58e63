import { ExpectedError } from "@millrace/model/expected-error";
import { AgentApiRefused } from "@millrace/protocol/agent-api-client";
import {
  HeartbeatDocument,
  RegisterAgentDocument,
  type HeartbeatInput,
  type RegisterAgentInput,
} from "@millrace/protocol/agent-api.gen";
import type { WorkContext } from "../requests/work-handler.ts";
import { repeat, type Uplink } from "../uplink/uplink.ts";

/** What the control plane asks of its agents. */
export interface AgentSettings {
  readonly heartbeatSeconds: number;
  readonly standbyWorkers: number;
  readonly stepValueRetentionDays: number;
}

const BEAT_TIMEOUT_MS = 10_000;

/** The control plane does not let this agent in as it comes, such as with queues that its token is not for. */
export class AgentNotAdmitted extends ExpectedError {
  readonly code = "agent_not_admitted";
}

/**
 * Says hello until the control plane answers.
 *
 * @throws AgentTokenRefused when the token is not accepted, AgentNotAdmitted when anything else is not.
 */
export async function registerAgent(
  uplink: Uplink,
  input: RegisterAgentInput,
  signal: AbortSignal,
): Promise<AgentSettings> {
  try {
    return (await uplink.sendUntilAnswered(RegisterAgentDocument, { input }, signal)).registerAgent;
  } catch (error) {
    if (!(error instanceof AgentApiRefused)) throw error;
    throw new AgentNotAdmitted(`The control plane does not let this agent in. ${error.message}`, {
      cause: error,
    });
  }
}

/**
 * Tells the control plane that the agent lives and what runs, until the signal is aborted. Says hello again after each
 * outage, and to a control plane that does not know it any more.
 */
export async function runHeartbeatLoop(
  context: WorkContext,
  hello: RegisterAgentInput,
  first: AgentSettings,
  onSettings: (settings: AgentSettings) => void,
  signal: AbortSignal,
): Promise<void> {
  const { uplink, locations, workers, clock } = context;
  let known = true;
  let { heartbeatSeconds } = first;
  await repeat(
    async () => {
      if (known) {
        await clock.sleep(heartbeatSeconds * 1_000, signal);
        signal.throwIfAborted();
      } else {
        await uplink.send(RegisterAgentDocument, { input: hello }, { signal, timeoutMs: BEAT_TIMEOUT_MS });
      }
      known = false;
      const input = {
        agentId: context.agentId,
        codeServers: locations.report(),
        runWorkers: workers.report(),
        errors: locations.listErrors(),
      };
      const settings = await beat(uplink, input, signal);
      if (settings === null) return;
      known = true;
      heartbeatSeconds = settings.heartbeatSeconds;
      onSettings(settings);
    },
    context,
    signal,
  );
}

/** Null: the control plane does not know this agent. */
async function beat(
  uplink: Uplink,
  input: HeartbeatInput,
  signal: AbortSignal,
): Promise<AgentSettings | null> {
  try {
    return (await uplink.send(HeartbeatDocument, { input }, { signal, timeoutMs: BEAT_TIMEOUT_MS }))
      .heartbeat;
  } catch (error) {
    if (error instanceof AgentApiRefused && error.code === "not_found") return null;
    throw error;
  }
}
