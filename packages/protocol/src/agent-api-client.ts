import type { Agent as HttpAgent, IncomingMessage, request as HttpRequest, RequestOptions } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import type { TypedDocumentString } from "./agent-api.gen.ts";

const gzipAsync = promisify(gzip);

/** Bodies from this size on are sent gzipped. */
const GZIP_FROM_BYTES = 4_096;
const REQUEST_TIMEOUT_MS = 30_000;
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
  /**
   * Uploads bytes to a place beside the API's address, such as `snapshots/DIGEST`.
   *
   * @throws as `send` does.
   */
  upload(
    path: string,
    bytes: Buffer,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<void>;
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
 * Opens a connection ahead of the first request and resolves when it is there. It goes the way of a request, so that the
 * first one finds not only the connection but its code compiled.
 *
 * @returns `ended` resolves when the connection has ended, by either side; it does not keep the process alive.
 * @throws AgentApiUnreachable when there is no connection to be had.
 */
export async function connectAhead(
  connections: AgentApiConnections,
): Promise<{ readonly ended: Promise<void> }> {
  const look = { method: "GET", url: connections.url, headers: {}, body: null };
  const { socket } = await exchange(connections, look, CONNECT_TIMEOUT_MS);
  return { ended: new Promise((resolve) => socket.once("close", () => resolve())) };
}

/** @param connections those to use; by default its own. They are closed with the client. */
export function createAgentApiClient(
  url: string,
  token: string,
  connections: AgentApiConnections = openAgentApiConnections(url),
): AgentApiClient {
  return {
    async send(document, variables, options = {}) {
      const { timeoutMs = REQUEST_TIMEOUT_MS, signal } = options;
      const body = Buffer.from(JSON.stringify({ query: document.toString(), variables }));
      const zipped = body.length >= GZIP_FROM_BYTES;
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        ...(zipped ? { "content-encoding": "gzip" } : {}),
      };
      const payload = zipped ? await gzipAsync(body) : body;
      const request = { method: "POST", url, headers, body: payload };
      return readAnswer(url, await exchange(connections, request, timeoutMs, signal)) as never;
    },
    async upload(path, bytes, options = {}) {
      const { timeoutMs = REQUEST_TIMEOUT_MS, signal } = options;
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
      const request = { method: "PUT", url: new URL(path, url).href, headers, body: bytes };
      readAnswer(url, await exchange(connections, request, timeoutMs, signal));
    },
    close() {
      connections.agent.destroy();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly socket: Socket;
}

interface HttpExchange {
  /** Not HEAD: after that, Node's servers hang up. */
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** Sends one request and reads the answer. */
async function exchange(
  { agent }: AgentApiConnections,
  { method, url, headers, body }: HttpExchange,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options: RequestOptions = {
    agent,
    method,
    timeout: timeoutMs,
    headers: body === null ? headers : { ...headers, "content-length": body.length },
    ...(signal ? { signal } : {}),
  };
  const request = httpModule(url).request(url, options, (response: IncomingMessage) => {
    const { socket, statusCode: status = 0 } = response;
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve({ status, text: Buffer.concat(chunks).toString("utf8"), socket }));
    response.on("error", reject);
    response.on("aborted", () => reject(new Error("the connection was cut while the answer came")));
  });
  request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
  request.on("error", reject);
  request.end(body);
  try {
    return await promise;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new AgentApiUnreachable(`The agent API at ${url} can't be reached: ${messageOf(cause)}`, { cause });
  }
}

interface HttpModule {
  readonly Agent: new (options: { keepAlive: boolean }) => HttpAgent | HttpsAgent;
  readonly request: typeof HttpRequest;
}

/**
 * Node's client for a URL. Not imported: an import reads every export of the module, the lazy WebSocket too, which costs
 * each standby worker 12 MB and 20 ms.
 */
function httpModule(url: string): HttpModule {
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

function readAnswer(url: string, answer: Answer): unknown {
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
  if (answer.status === 413) throw new AgentApiRefused("The request is too large", "bad_request", {});
  if (document.data === undefined || document.data === null) {
    // A proxy's or another server's JSON.
    throw new AgentApiUnreachable(
      `${url} answered ${answer.status} without data: ${answer.text.slice(0, 200)}`,
    );
  }
  return document.data;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : String(cause);
}
