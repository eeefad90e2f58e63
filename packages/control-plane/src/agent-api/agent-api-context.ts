import { ExpectedError } from "@millrace/model/expected-error";
import { findDeploymentByToken, hashToken } from "../agents/agent-token-store.ts";
import type { Db } from "../database/connect.ts";
import { findAttemptByToken } from "../runs/attempts/attempt-store.ts";
import type { ServerContext } from "../context/server-context.ts";

/** Who asks: an agent, for everything of its deployment, or a run worker, for one attempt of one run. */
export type Caller =
  | { readonly kind: "agent"; readonly deploymentId: string }
  | {
      readonly kind: "worker";
      readonly deploymentId: string;
      readonly runId: string;
      readonly attempt: number;
    };

/** What every request to the agent API carries. */
export interface AgentApiContext extends ServerContext {
  readonly caller: Caller;
  /** Aborts when the caller has hung up or the server closes: held requests end. */
  readonly signal: AbortSignal;
}

/** The request has no token that is good here. */
export class Unauthenticated extends ExpectedError {
  readonly code = "unauthenticated";
}

/** The token is good, but not for this. */
export class Forbidden extends ExpectedError {
  readonly code = "forbidden";
}

/**
 * Finds out who asks, from the `Authorization` header.
 *
 * @throws Unauthenticated saying what is wrong with the token.
 */
export async function authenticate(db: Db, header: string | undefined): Promise<Caller> {
  if (!header) throw new Unauthenticated("The agent API needs a token: send `Authorization: Bearer mra_…`");
  const [scheme, token = ""] = header.split(" ");
  if (scheme?.toLowerCase() !== "bearer")
    throw new Unauthenticated("The `Authorization` header must be `Bearer <token>`");
  if (token.startsWith("mra_")) {
    const found = await findDeploymentByToken(db, token);
    if (found) return { kind: "agent", deploymentId: found.deploymentId };
    throw new Unauthenticated(
      "This agent token is unknown or was revoked: make a new one on the page Agents",
    );
  }
  if (token.startsWith("mrr_")) {
    const found = await findAttemptByToken(db, hashToken(token));
    if (found) return { kind: "worker", ...found };
    throw new Unauthenticated(
      "This run token is unknown: its run was deleted, or it is of another control plane",
    );
  }
  throw new Unauthenticated(
    "This is no Millrace token: agent tokens begin with `mra_`, run tokens with `mrr_`",
  );
}

/** Lets an agent pass. */
export function requireAgent({ caller }: AgentApiContext): void {
  if (caller.kind !== "agent")
    throw new Forbidden("A run token is good for its own run only; this needs an agent token");
}

/** An attempt of a run that a request is about. */
export interface NamedAttempt {
  readonly runId: string;
  readonly attempt: number;
}

/** Lets a worker pass for its own attempt only. An agent that delivers for a dead worker uses the run's token too. */
export function requireAttempt({ caller }: AgentApiContext, { runId, attempt }: NamedAttempt): void {
  if (caller.kind !== "worker")
    throw new Forbidden("This needs the token of the run, which came with its work item");
  if (caller.runId !== runId || caller.attempt !== attempt)
    throw new Forbidden(`This token is good for run ${caller.runId}, attempt ${caller.attempt} only`);
}
