import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core";
import type { ChangeName } from "@millrace/model/topic";
import { NotAServer, ServerUnreachable } from "../errors/client-error.ts";
import { readAnswer } from "./read-answer.ts";
import { readChanges } from "./read-changes.ts";

/** Where a control plane is, and who asks it. */
export interface ConnectionOptions {
  /** The control plane's address, such as `https://millrace.example.com`. */
  readonly url: string | URL;
  /** Sent as `Authorization: Bearer …`, for the proxy that lets you in. Default: none. */
  readonly token?: string;
  /** Default: the default deployment. */
  readonly deployment?: string;
  /** Further headers of every request, such as those that a proxy wants. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A document of the user API with the types of its variables and its answer. */
export type Document<Result, Variables> = DocumentTypeDecoration<Result, Variables> & {
  toString(): string;
};

/** Asks the user API of one control plane, about one deployment. */
export interface UserApi {
  /** The control plane's address, without a path. */
  readonly url: string;
  /**
   * Sends one operation.
   *
   * @throws ServerUnreachable, NotAServer, TokenRefused, NotAllowed, UnknownDefinition, RequestRefused; the signal's reason.
   */
  send<Result, Variables>(
    document: Document<Result, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Result>;
  /**
   * Yields once the stream of changes stands, and then whenever something of the topics changed; ends when the stream does.
   *
   * @throws as `send` does.
   */
  changes(topics: readonly ChangeName[], signal: AbortSignal): AsyncGenerator<void>;
}

/** @throws NotAServer when the address is none of a control plane. */
export function createUserApi({ url: address, token, deployment, headers }: ConnectionOptions): UserApi {
  const url = readAddress(address);
  const allHeaders = {
    ...headers,
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(deployment === undefined ? {} : { "millrace-deployment": deployment }),
  };
  const post = async (query: string, variables: unknown, accept: string, signal?: AbortSignal) =>
    fetch(`${url}/graphql`, {
      method: "POST",
      headers: { ...allHeaders, accept },
      body: JSON.stringify({ query, variables }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new ServerUnreachable(
        `No control plane answers at ${url}. Is it running? (millrace dev, or millrace server)`,
        { cause },
      );
    });
  return {
    url,
    async send(document, variables, signal) {
      const response = await post(document.toString(), variables, "application/json", signal);
      const text = await response.text().catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw new ServerUnreachable(`The connection to ${url} broke before its answer was there`, { cause });
      });
      return readAnswer(url, response.status, text) as never;
    },
    async *changes(topics, signal) {
      const query = "subscription($topics: [String!]!) { changes(topics: $topics) { topic } }";
      const response = await post(query, { topics }, "text/event-stream", signal);
      const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
      if (response.body === null || !isStream) {
        readAnswer(url, response.status, await response.text());
        throw new NotAServer(`${url} refused the stream of changes: ${response.status}`);
      }
      yield* readChanges(response.body);
    },
  };
}

/** The control plane that answers at an address, which may be that of one of its pages. @throws NotAServer */
export function readAddress(address: string | URL): string {
  const text = String(address);
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).origin;
  throw new NotAServer(`"${text}" is no address of a control plane: give one like http://127.0.0.1:3000`);
}
