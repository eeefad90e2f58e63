import { setTimeout as sleep } from "node:timers/promises";

/** Talks to the user API as a user does who never gives up: what got no answer is asked again. */
export interface User {
  /** @throws when it is refused. */
  ask<T>(document: string, variables?: Record<string, unknown>): Promise<T>;
  /** How often there was no answer, or one that said to come again, by what was said. */
  readonly failures: ReadonlyMap<string, number>;
}

/** Milliseconds for which an answer is waited for. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 200;
/** What the control plane says when it can't do it just now. */
const PASSING = ["unavailable", "internal"];

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export function createUser(url: string): User {
  const failures = new Map<string, number>();

  async function tryOnce(document: string, variables: object): Promise<Answer | null> {
    try {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: document, variables }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return (await response.json()) as Answer;
    } catch {
      return null;
    }
  }

  return {
    failures,
    async ask<T>(document: string, variables = {}) {
      for (;;) {
        const answer = await tryOnce(document, variables);
        const [error] = answer?.errors ?? [];
        if (answer !== null && error === undefined) return answer.data as T;
        const code = error?.extensions?.code ?? "no answer";
        if (error !== undefined && !PASSING.includes(code)) throw new Error(`${code}: ${error.message}`);
        failures.set(code, (failures.get(code) ?? 0) + 1);
        await sleep(PAUSE_MS);
      }
    },
  };
}
