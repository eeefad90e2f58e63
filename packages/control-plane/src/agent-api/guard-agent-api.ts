import type { AccessGuard } from "../access/access-plugin.ts";
import {
  requireAgent,
  requireAttempt,
  type AgentApiContext,
  type NamedAttempt,
} from "./agent-api-context.ts";

/**
 * Who may ask for a field: `agent`, whoever has a token of an agent; `run`, whoever has the token of the run and attempt that the
 * arguments name; `both`, whoever has either.
 */
export type AgentApiAccess = "agent" | "run" | "both";

/** Decides for the agent API, by the token and by what the arguments name. */
export const agentApiGuard: AccessGuard<AgentApiContext, AgentApiAccess> = {
  guard(rule, { args, context }, resolve) {
    if (rule === "agent") requireAgent(context);
    if (rule === "run") requireAttempt(context, namedAttempt(args));
    return resolve();
  },
  renew: async () => {},
};

/** The attempt that the arguments name, by themselves or within their one input; a test sees to it that they do. */
function namedAttempt(args: Readonly<Record<string, unknown>>): NamedAttempt {
  return (args["input"] ?? args) as NamedAttempt;
}
