import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core";
import { reportAnswer, reportNoAnswer } from "./connection.ts";

/** The user API of the control plane that served this page. */
export const USER_API = "/graphql";

/** A generated document: its text, typed by what it takes and answers. */
export interface Document<Result, Variables> extends DocumentTypeDecoration<Result, Variables> {
  toString(): string;
}

let answersSince: string | null = null;

/** From now on, questions accept what others were answered after this hint, see `Change.at` of the API; null: no longer. */
export function acceptAnswersSince(at: string | null): void {
  answersSince = at;
}

/** Which answers of others questions accept now. */
export function acceptedAnswers(): string | null {
  return answersSince;
}

/** The control plane did not answer, or answered with a server error: asking again later makes sense. */
export class ControlPlaneUnreachable extends Error {
  readonly code = "control_plane_unreachable";
}

/** The control plane refused the request; `code` is its stable word, such as `bad_request`. */
export class RequestRefused extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Sends one operation to the user API and tells the connection banner how it went.
 *
 * @throws ControlPlaneUnreachable without an answer, or with a 5xx.
 * @throws RequestRefused when the answer is an error.
 */
export async function execute<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  try {
    const answer = await fetchAnswer(document.toString(), variables, signal);
    reportAnswer();
    return answer as Result;
  } catch (error) {
    if (error instanceof ControlPlaneUnreachable) reportNoAnswer();
    else if (error instanceof RequestRefused) reportAnswer();
    throw error;
  }
}

async function fetchAnswer(
  query: string,
  variables: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const response = await fetch(USER_API, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      ...(answersSince === null ? {} : { "millrace-since": answersSince }),
    },
    body: JSON.stringify({ query, variables }),
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new ControlPlaneUnreachable("The control plane does not answer.", { cause });
  });
  const text = await response.text().catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new ControlPlaneUnreachable("The control plane's answer broke off.", { cause });
  });
  return readAnswer(response.status, text);
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: unknown };
  }[];
}

function readAnswer(status: number, text: string): unknown {
  let answer: Answer;
  try {
    answer = JSON.parse(text) as Answer;
  } catch {
    throw new ControlPlaneUnreachable(
      `The control plane answered ${status} with something that is not JSON.`,
    );
  }
  const error = answer.errors?.[0];
  if (error) {
    const code = error.extensions?.code;
    throw new RequestRefused(error.message, typeof code === "string" ? code : "internal");
  }
  if (status >= 500 || answer.data === undefined) {
    throw new ControlPlaneUnreachable(`The control plane answered ${status}.`);
  }
  return answer.data;
}
