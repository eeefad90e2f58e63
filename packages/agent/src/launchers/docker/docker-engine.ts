import { request } from "node:http";
import { request as requestWithTls } from "node:https";
import { ExpectedError } from "@millrace/model/expected-error";
import { LaunchFailed } from "../launcher.ts";
import { describeAddress, type EngineAddress } from "./engine-address.ts";

/** What is asked of an engine. */
export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With its query, such as `/containers/json?all=1`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  /** For a registry that the engine asks in turn. */
  readonly credentials?: object;
  /** Gives up the request; for those that the engine answers only once something has happened. */
  readonly signal?: AbortSignal;
}

/** A Docker engine that sees the agent's folders, asked over its HTTP API. */
export interface DockerEngine {
  /**
   * Sends one request.
   *
   * @returns the body of the answer.
   * @throws EngineRefused when it answers with an error; LaunchFailed when it does not answer; the signal's reason.
   */
  ask(request: EngineRequest): Promise<string>;
}

/** The engine's own error. */
export class EngineRefused extends ExpectedError {
  readonly code = "docker_refused";
  /** The HTTP status: 404 for what is not there, 409 for what stands in the way. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function createDockerEngine(address: EngineAddress): DockerEngine {
  return {
    async ask(asked) {
      const { status, text } = await send(address, asked);
      if (status < 400) return text;
      throw new EngineRefused(status, readMessage(text));
    },
  };
}

function send(
  address: EngineAddress,
  { method, path, body, credentials, signal }: EngineRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const fail = (error: Error): void => {
    if (signal?.aborted) reject(signal.reason as Error);
    else
      reject(
        new LaunchFailed(
          `The Docker engine at ${describeAddress(address)} does not answer: ${error.message}. Does it run, and may this user use it?`,
          { cause: error },
        ),
      );
  };
  const tls = "tls" in address ? address.tls : null;
  const sent = (tls === null ? request : requestWithTls)(
    {
      ...("socketPath" in address
        ? { socketPath: address.socketPath }
        : { host: address.host, port: address.port }),
      ...tls,
      method,
      path,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(credentials === undefined
          ? {}
          : { "x-registry-auth": Buffer.from(JSON.stringify(credentials)).toString("base64url") }),
      },
      ...(signal === undefined ? {} : { signal }),
    },
    (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", fail);
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 500, text: Buffer.concat(chunks).toString("utf8") }),
      );
    },
  );
  sent.on("error", fail);
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

/** The engine's errors are JSON with a message; those of what stands before it may not be. */
function readMessage(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}
