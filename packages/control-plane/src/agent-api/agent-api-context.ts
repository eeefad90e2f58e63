import { ExpectedError } from "@millrace/model/expected-error";
import { agentQueue } from "@millrace/model/runs/work-item";
import {
  AgentTokenRefused,
  findAgentIdentity,
  hashToken,
  type AgentIdentity,
} from "../agents/agent-token-store.ts";
import { UnknownAgent } from "../agents/agent-store.ts";
import { findTickByToken, type EvaluatedTick } from "../ticks/tick-token.ts";
import type { Db } from "../database/connect.ts";
import { findAttemptByToken } from "../runs/attempts/attempt-store.ts";
import type { WorkEffects } from "../work/work-effects.ts";
import { AttemptSuperseded } from "../runs/run-errors.ts";
import type { ServerContext } from "../context/server-context.ts";

/** Whoever has the token of an agent. */
export interface AgentCaller extends AgentIdentity {
  readonly kind: "agent";
}

/** Whoever has the token of a run: its worker, or the agent that delivers what a dead worker left. */
export interface RunCaller extends NamedAttempt {
  readonly kind: "worker";
  readonly deploymentId: string;
  /** Whether its attempt has ended, or another one has taken over. */
  readonly isOver: boolean;
}

/** Whoever has the token of a tick: the code of a schedule or sensor, while it is evaluated. */
export interface TickCaller {
  readonly kind: "tick";
  readonly deploymentId: string;
  readonly tick: EvaluatedTick;
}

/** Who asks: an agent, for its deployment's work in its token's queues, a run worker, for one attempt of one run, or the code of a tick. */
export type Caller = AgentCaller | RunCaller | TickCaller;

/** What every request to the agent API carries. */
export interface AgentApiContext extends ServerContext {
  /** What settled work does. */
  readonly workEffects: WorkEffects;
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
    const found = await findAgentIdentity(db, token);
    if (found) return { kind: "agent", ...found };
    throw new AgentTokenRefused();
  }
  if (token.startsWith("mrr_")) {
    const found = await findAttemptByToken(db, hashToken(token));
    if (found) return { kind: "worker", ...found };
    throw new Unauthenticated(
      "This run token is unknown: its run was deleted or has ended, or it is of another control plane",
    );
  }
  if (token.startsWith("mrt_")) {
    const tick = await findTickByToken(db, token);
    if (tick) return { kind: "tick", deploymentId: tick.deploymentId, tick };
    throw new Unauthenticated("This token is of a tick that is over, or of another control plane");
  }
  throw new Unauthenticated(
    "This is no Millrace token: agent tokens begin with `mra_`, run tokens with `mrr_`, tick tokens with `mrt_`",
  );
}

/** The agent that asks. A root field with `access: "agent"` has let nobody else pass. */
export function requireAgent({ caller }: Pick<AgentApiContext, "caller">): AgentCaller {
  if (caller.kind === "agent") return caller;
  throw new Forbidden(
    caller.kind === "tick"
      ? "A tick token is good for reading its deployment only; this needs an agent token"
      : "A run token is good for its own run only; this needs an agent token",
  );
}

/**
 * Lets a token speak for the agents that have registered with it, and for no others.
 *
 * @throws UnknownAgent
 */
export function requireOwnAgent({ agentIds }: AgentCaller, agentId: string): void {
  if (!agentIds.includes(agentId))
    throw new UnknownAgent(
      `Agent ${agentId} is not registered here with this token: send \`registerAgent\` first`,
    );
}

/**
 * Lets an agent ask for the queues of its token and for the one that is its own, and for no others.
 *
 * @throws Forbidden naming the queue.
 */
export function requireOwnQueues({ queues }: AgentCaller, wanted: readonly string[], agentId: string): void {
  for (const queue of wanted) {
    if (queue === agentQueue(agentId)) continue;
    if (queue.startsWith(agentQueue(""))) throw new Forbidden(`Queue "${queue}" is that of another agent`);
    if (queues !== null && !queues.includes(queue))
      throw new Forbidden(
        `This token is for the queues ${queues.join(", ")}, and not for "${queue}": make another one on the page Agents`,
      );
  }
}

/** The tick that asks. A root field with `access: "tick"` has let nobody else pass. */
export function requireTick({ caller }: Pick<AgentApiContext, "caller">): TickCaller {
  if (caller.kind === "tick") return caller;
  throw new Forbidden("This needs the token of a tick");
}

/**
 * Lets code pass that may see its deployment: of a tick, or of a run as long as its attempt has not ended.
 *
 * @throws Forbidden, AttemptSuperseded
 */
export function requireReader(context: AgentApiContext, named: Partial<NamedAttempt>): void {
  if (context.caller.kind === "tick") return;
  if (context.caller.kind === "agent") throw new Forbidden("This needs the token of a run or of a tick");
  if (named.runId != null) requireAttempt(context, { runId: named.runId, attempt: named.attempt ?? 0 });
  requireOpenAttempt(context);
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

/**
 * Lets an attempt pass that still runs.
 *
 * @throws AttemptSuperseded
 */
export function requireOpenAttempt({ caller }: AgentApiContext): void {
  if (caller.kind === "worker" && caller.isOver) throw new AttemptSuperseded(caller.runId, caller.attempt);
}
