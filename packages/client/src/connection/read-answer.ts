import {
  NotAllowed,
  NotAServer,
  RequestRefused,
  ServerUnreachable,
  TokenRefused,
  type ClientError,
} from "../errors/client-error.ts";
import { unknownDefinition } from "./require-done.ts";

/** How a proxy, or a control plane without its database, says that it can't answer just now. */
const AWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/** What GraphQL answers, and what a proxy that refuses a request may. */
interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: unknown };
  }[];
}

/**
 * The data of an answer of the user API.
 *
 * @throws ClientError when it has none.
 */
export function readAnswer(url: string, status: number, text: string): unknown {
  const answer = parseAnswer(text);
  const [error] = answer?.errors ?? [];
  if (answer?.errors !== undefined && error !== undefined) {
    const message = answer.errors.map((each) => each.message).join("\n");
    const { code } = error.extensions ?? {};
    throw toError(status, message, typeof code === "string" ? code : "internal");
  }
  if (answer?.data !== undefined) return answer.data;
  throw refusalOf(url, status, answer === null ? "something that is not JSON" : "no data");
}

function parseAnswer(text: string): Answer | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** What an error means that the control plane itself has written. */
function toError(status: number, message: string, code: string): ClientError {
  if (code === "unavailable" || AWAY_STATUSES.has(status)) return new ServerUnreachable(message);
  if (code === "unauthenticated") return new TokenRefused(message);
  if (code === "forbidden") return new NotAllowed(message);
  if (code === "unknown_definition" || code === "partition_required")
    return unknownDefinition({ message, code });
  return new RequestRefused(message, code);
}

/** What an answer means that the control plane has not written. */
function refusalOf(url: string, status: number, what: string): ClientError {
  const message = `${url} answered ${status} with ${what}`;
  if (AWAY_STATUSES.has(status)) return new ServerUnreachable(message);
  if (status === 401)
    return new TokenRefused(
      `${message}: it does not know the token, or wants one (createClient's \`token\`)`,
    );
  if (status === 403) return new NotAllowed(message);
  return new NotAServer(`${message}; is it a Millrace server?`);
}
