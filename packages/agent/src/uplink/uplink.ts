import { ExpectedError } from "@millrace/model/expected-error";
import {
  AgentApiRefused,
  AgentApiUnreachable,
  createAgentApiClient,
  type AgentApiClient,
} from "@millrace/protocol/agent-api-client";
import type { Clock } from "@millrace/model/time/clock";
import type { TypedDocumentString } from "@millrace/protocol/agent-api.gen";
import { scatteredBackoffMs } from "@millrace/model/waiting/backoff";
import { CONTROL_PLANE_BACKOFF } from "@millrace/protocol/journal/until-answered";
import type { Logger } from "pino";

/** How long the control plane may hold a request that waits for news. */
export const HOLD_MS = 25_000;
/** A held request without any answer after this long goes nowhere. */
export const HOLD_TIMEOUT_MS = HOLD_MS + 10_000;
/** While the control plane is away, it is said again this often, and not at each try. */
const REMIND_EVERY_MS = 60_000;

/** The control plane does not know the agent's token, or no longer. Nothing but another token helps. */
export class AgentTokenRefused extends ExpectedError {
  readonly code = "agent_token_refused";
}

/** The agent's one way to the control plane, shared by all its loops, so that an outage is told once and not by each. */
export interface Uplink {
  /**
   * One try.
   *
   * @throws AgentTokenRefused, AgentApiUnreachable, AgentApiRefused, or the signal's reason.
   */
  send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    options: { readonly signal: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Result>;
  /** Tries with growing pauses, for ever, until there is an answer. Throws like `send`, except AgentApiUnreachable. */
  sendUntilAnswered<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    signal: AbortSignal,
  ): Promise<Result>;
  /** Uploads bytes beside the API (see `AgentApiClient.upload`), again and again until they are taken or refused. */
  uploadUntilAnswered(path: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** Whether the control plane answered last; not before it first has. */
  isReached(): boolean;
  close(): void;
}

/** What trying again needs: when, and how the tries of many are scattered. */
export interface RetryContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** @param url the agent API's address. */
export function createUplink(url: string, token: string, { clock, random, logger }: RetryContext): Uplink {
  const client: AgentApiClient = createAgentApiClient(url, token);
  let awaySince: number | null = null;
  let toldAt = 0;
  let hasAnswered = false;

  function noteAway(error: AgentApiUnreachable): void {
    const now = clock.monotonic();
    awaySince ??= now;
    if (toldAt !== 0 && now - toldAt < REMIND_EVERY_MS) return;
    toldAt = now;
    logger.warn(
      { url, awayMs: Math.round(now - awaySince), cause: error.message },
      "the control plane can't be reached; trying on",
    );
  }

  function noteBack(): void {
    hasAnswered = true;
    if (awaySince === null) return;
    logger.info(
      { url, awayMs: Math.round(clock.monotonic() - awaySince) },
      "the control plane is reached again",
    );
    awaySince = null;
    toldAt = 0;
  }

  /** One try: what becomes of it tells whether the control plane is there. */
  async function ask<Result>(request: () => Promise<Result>): Promise<Result> {
    try {
      const answer = await request();
      noteBack();
      return answer;
    } catch (error) {
      if (error instanceof AgentApiUnreachable) noteAway(error);
      if (error instanceof AgentApiRefused) {
        noteBack();
        if (error.code === "unauthenticated") {
          throw new AgentTokenRefused(
            `The control plane at ${url} does not accept this agent's token: it is wrong, or was revoked. Create another one on the page's Agents tab and start the agent with it`,
            { cause: error },
          );
        }
      }
      throw error;
    }
  }

  async function askUntilAnswered<Result>(
    request: () => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    for (let failures = 1; ; failures++) {
      signal.throwIfAborted();
      try {
        return await ask(request);
      } catch (error) {
        if (!(error instanceof AgentApiUnreachable)) throw error;
      }
      await clock.sleep(scatteredBackoffMs(CONTROL_PLANE_BACKOFF, failures, random()), signal);
    }
  }

  return {
    send: (document, variables, options) => ask(() => client.send(document, variables, options)),
    sendUntilAnswered: (document, variables, signal) =>
      askUntilAnswered(() => client.send(document, variables, { signal }), signal),
    uploadUntilAnswered: (path, bytes, signal) =>
      askUntilAnswered(() => client.upload(path, bytes, { signal }), signal),
    isReached: () => hasAnswered && awaySince === null,
    close: () => client.close(),
  };
}

/**
 * Repeats one turn of a loop until the signal is aborted: at once after a turn that went well, after a growing pause when
 * the control plane is away or refused it. Ends with AgentTokenRefused when the token is no longer accepted.
 */
export async function repeat(
  turn: () => Promise<void>,
  { clock, random, logger }: RetryContext,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await turn();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AgentTokenRefused) throw error;
      // An outage has been logged where it was noticed.
      if (!(error instanceof AgentApiUnreachable))
        logger.error({ err: error }, "a request to the control plane failed; trying on");
      failures += 1;
      await clock.sleep(scatteredBackoffMs(CONTROL_PLANE_BACKOFF, failures, random()), signal);
    }
  }
}
