import type { AccessGuard } from "../access/access-plugin.ts";
import {
  requireAgent,
  requireAttempt,
  requireOpenAttempt,
  requireOwnAgent,
  requireReader,
  requireTick,
  type AgentApiContext,
  type NamedAttempt,
} from "./agent-api-context.ts";

/**
 * Who may ask for a field: `token`, whoever has a token of an agent; `agent`, the same, and the agent that the arguments name is
 * that token's; `run`, whoever has the token of the run and attempt that the arguments name; `open run`, the same, until that
 * attempt has ended; `reader`, whoever has a token of a tick, or of an open run; `tick`, only the former; `anyone`, whoever has a token
 * of any kind.
 */
export type AgentApiAccess = "token" | "agent" | "run" | "open run" | "reader" | "tick" | "anyone";

/** Decides for the agent API, by the token and by what the arguments name. */
export const agentApiGuard: AccessGuard<AgentApiContext, AgentApiAccess> = {
  guard(rule, { args, context }, resolve) {
    const named = (args["input"] ?? args) as NamedAttempt & { readonly agentId: string }; // As a test sees to it.
    if (rule === "run" || rule === "open run") requireAttempt(context, named);
    if (rule === "open run") requireOpenAttempt(context);
    if (rule === "reader") requireReader(context, named);
    if (rule === "tick") requireTick(context);
    if (rule === "token" || rule === "agent") requireAgent(context);
    if (rule === "agent") requireOwnAgent(requireAgent(context), named.agentId);
    return resolve();
  },
  renew: async () => {},
};
