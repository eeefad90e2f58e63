import type { Agent as HttpAgent, IncomingMessage, RequestOptions } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import type { TypedDocumentString } from "./agent-api.gen.ts";

const gzipAsync = promisify(gzip);

/** Bodies from this size on are sent gzipped. */
const GZIP_FROM_BYTES = 4_096;
const CONNECT_TIMEOUT_MS = 10_000;

/** The control plane could not be reached, or answered with a server error: trying again later makes sense. */
export class AgentApiUnreachable extends Error {
  readonly code = "agent_api_unreachable";
}

/** The control plane refused the request; `code` says why in a stable word, such as `unauthenticated`. */
export class AgentApiRefused extends Error {
  readonly code: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  constructor(message: string, code: string, extensions: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = code;
    this.extensions = extensions;
  }
}

/** Speaks the agent API for one token over kept-alive connections. Used by agents (agent token) and run workers (run token). */
export interface AgentApiClient {
  /**
   * Sends one operation.
   *
   * @throws AgentApiUnreachable when there was no answer, or a 5xx or 429.
   * @throws AgentApiRefused when the answer is an error.
   */
  send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Result>;
  close(): void;
}

/** Kept-alive connections to one agent API. They know no token, so they can be opened before one is there. */
export interface AgentApiConnections {
  readonly url: string;
  readonly agent: HttpAgent | HttpsAgent;
}

/** @param url the agent API's address, such as `https://millrace.example/agent/graphql`. */
export function openAgentApiConnections(url: string): AgentApiConnections {
  return { url, agent: new (httpModule(url).Agent)({ keepAlive: true }) };
}

/**
 * Opens a connection ahead of the first request and resolves when it is there.
 *
 * @returns resolves when the connection has ended, by either side; it does not keep the process alive.
 * @throws AgentApiUnreachable when there is no connection to be had.
 */
export function connectAhead({
  url,
  agent,
}: AgentApiConnections): Promise<{ readonly ended: Promise<void> }> {
  const { request: requestNow } = httpModule(url);
  return new Promise((resolve, reject) => {
    const request = requestNow(url, { agent, method: "HEAD", timeout: CONNECT_TIMEOUT_MS }, (response) => {
      const ended = new Promise<void>((settle) => response.socket.once("close", () => settle()));
      response.resume().once("end", () => resolve({ ended }));
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`)));
    request.on("error", (cause) => {
      reject(
        new AgentApiUnreachable(`The agent API at ${url} can't be reached: ${messageOf(cause)}`, { cause }),
      );
    });
    request.end();
  });
}

/** @param connections those to use; by default its own. They are closed with the client. */
export function createAgentApiClient(
  url: string,
  token: string,
  connections: AgentApiConnections = openAgentApiConnections(url),
): AgentApiClient {
  const address = new URL(url);
  const { agent } = connections;
  const { request: requestNow } = httpModule(url);

  async function post(
    body: Buffer,
    options: { signal?: AbortSignal; timeoutMs: number },
  ): Promise<{ status: number; text: string }> {
    const zipped = body.length >= GZIP_FROM_BYTES;
    const payload = zipped ? await gzipAsync(body) : body;
    const requestOptions: RequestOptions = {
      agent,
      method: "POST",
      timeout: options.timeoutMs,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "content-length": payload.length,
        ...(zipped ? { "content-encoding": "gzip" } : {}),
      },
      ...(options.signal ? { signal: options.signal } : {}),
    };
    return new Promise((resolve, reject) => {
      const request = requestNow(address, requestOptions, (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
        response.on("error", reject);
        response.on("aborted", () => reject(new Error("the connection was cut while the answer came")));
      });
      request.on("timeout", () => request.destroy(new Error(`no answer within ${options.timeoutMs} ms`)));
      request.on("error", reject);
      request.end(payload);
    });
  }

  return {
    async send(document, variables, options = {}) {
      const body = Buffer.from(JSON.stringify({ query: document.toString(), variables }));
      const answer = await post(body, {
        timeoutMs: options.timeoutMs ?? 30_000,
        ...(options.signal ? { signal: options.signal } : {}),
      }).catch((cause: unknown) => {
        options.signal?.throwIfAborted();
        throw new AgentApiUnreachable(`The agent API at ${url} can't be reached: ${messageOf(cause)}`, {
          cause,
        });
      });
      return readAnswer(url, answer) as never;
    },
    close() {
      agent.destroy();
    },
  };
}

/**
 * Node's client for a URL. Not imported: an import reads every export of the module, the lazy WebSocket too, which costs
 * each standby worker 12 MB and 20 ms.
 */
function httpModule(url: string): Pick<typeof import("node:http"), "Agent" | "request"> {
  return new URL(url).protocol === "https:"
    ? process.getBuiltinModule("node:https")
    : process.getBuiltinModule("node:http");
}

interface GraphQLAnswer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

function readAnswer(url: string, answer: { status: number; text: string }): unknown {
  if (answer.status >= 500 || answer.status === 429) {
    throw new AgentApiUnreachable(
      `The agent API at ${url} answered ${answer.status}: ${answer.text.slice(0, 200)}`,
    );
  }
  let document: GraphQLAnswer;
  try {
    document = JSON.parse(answer.text) as GraphQLAnswer;
  } catch (cause) {
    throw new AgentApiUnreachable(
      `${url} answered ${answer.status} with something that is not JSON; is it a Millrace server?`,
      { cause },
    );
  }
  const error = document.errors?.[0];
  if (error) {
    const extensions = error.extensions ?? {};
    const code = typeof extensions["code"] === "string" ? extensions["code"] : "internal";
    if (code === "internal") throw new AgentApiUnreachable(`The agent API failed: ${error.message}`);
    throw new AgentApiRefused(error.message, code, extensions);
  }
  return document.data;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : String(cause);
}
