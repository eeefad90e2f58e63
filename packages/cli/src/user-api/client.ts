import type { ChangeName } from "@millrace/model/topic";
import { systemClock } from "@millrace/model/time/clock";
import { backoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import type { TypedDocumentString } from "./documents.gen.ts";

/** The control plane's address that every command uses unless `--url` or `MILLRACE_URL` names another. */
export const DEFAULT_URL = "http://127.0.0.1:3000";

/** A command that can't do what was asked, with a message for the person who typed it. Ends the process with `exitCode`. */
export class CommandError extends Error {
  readonly code = "command_error";
  readonly exitCode: number;
  constructor(message: string, options?: ErrorOptions & { readonly exitCode?: number }) {
    super(message, options);
    this.exitCode = options?.exitCode ?? 1;
  }
}

/** Nobody answers just now: neither the control plane, nor its database, nor what a proxy leads to. It may be back soon. */
export class ControlPlaneAway extends CommandError {}

/** Asks the user API of one control plane. */
export interface UserApi {
  readonly url: string;
  send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result>;
}

/** @throws CommandError when a text is no address of a control plane. */
export function checkServerUrl(url: string): void {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new CommandError(`"${url}" is no address of a control plane: give one like ${DEFAULT_URL}`);
}

/**
 * @param url the control plane's address, such as `http://127.0.0.1:3000`.
 * @throws CommandError when it is no such address.
 */
export function createUserApi(url: string): UserApi {
  checkServerUrl(url);
  return {
    url,
    async send(document, variables) {
      const body = JSON.stringify({ query: document.toString(), variables });
      const response = await fetch(new URL("/graphql", url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }).catch((cause: unknown) => {
        throw new ControlPlaneAway(
          `No control plane answers at ${url}. Is it running? (millrace dev, or millrace server)`,
          { cause },
        );
      });
      const Refused = AWAY_STATUSES.has(response.status) ? ControlPlaneAway : CommandError;
      const answer = (await response.json().catch((cause: unknown) => {
        if (!(cause instanceof SyntaxError))
          throw new ControlPlaneAway(`The connection to ${url} broke before its answer was there`, { cause });
        throw new Refused(
          `${url} answered ${response.status} with something that is not JSON; is it a Millrace server?`,
          { cause },
        );
      })) as { data?: never; errors?: readonly { message: string }[] };
      if (answer.errors?.[0]) throw new Refused(answer.errors.map((error) => error.message).join("\n"));
      if (answer.data === undefined) throw new Refused(`${url} answered ${response.status} without data`);
      return answer.data;
    },
  };
}

/** How a proxy, or a control plane without its database, says that it can't answer just now. */
const AWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

const AWAY_BACKOFF: Backoff = { firstMs: 250, longestMs: 5_000 };

/**
 * The same API for a reader who follows something: while the control plane is away it is asked again, for ever, with growing pauses.
 * Standard error says so, once each time.
 *
 * @param signal ends the waiting.
 */
export function untilBack(api: UserApi, signal: AbortSignal): UserApi {
  return {
    url: api.url,
    async send(document, variables) {
      for (let failures = 1; ; failures++) {
        try {
          return await api.send(document, variables);
        } catch (error) {
          if (!(error instanceof ControlPlaneAway)) throw error;
          if (failures === 1) console.error(`${error.message.split("\n")[0]} Trying on; Ctrl-C ends.`);
          await systemClock.sleep(backoffMs(AWAY_BACKOFF, failures), signal);
        }
      }
    },
  };
}

/**
 * Yields each time something of the topics changed, and once at the start. When the stream of changes breaks, it yields every
 * 500 ms until the stream is back, so that a reader who asks again at every turn misses nothing.
 */
export async function* watchChanges(
  url: string,
  topics: readonly ChangeName[],
  signal: AbortSignal,
): AsyncGenerator<void> {
  while (!signal.aborted) {
    yield;
    try {
      for await (const _event of readEventStream(url, topics, signal)) yield;
    } catch {
      if (signal.aborted) return;
    }
    await systemClock.sleep(500, signal);
  }
}

async function* readEventStream(
  url: string,
  topics: readonly ChangeName[],
  signal: AbortSignal,
): AsyncGenerator<void> {
  const response = await fetch(new URL("/graphql", url), {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({
      query: "subscription($topics: [String!]!) { changes(topics: $topics) { topic } }",
      variables: { topics },
    }),
  });
  if (!response.ok || !response.body)
    throw new CommandError(`${url} refused the stream of changes: ${response.status}`);
  // What changed before the stream stood is asked for once more.
  yield;
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    if (parts.some((part) => part.includes("event: next"))) yield;
  }
}
