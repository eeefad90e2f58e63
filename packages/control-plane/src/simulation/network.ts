import type { TypedDocumentString } from "@millrace/protocol/agent-api.gen";
import type { ApiAnswer, ApiRequest, Replica } from "./replica.ts";
import { TaskKilled, type Task } from "./tasks.ts";

/** No answer came: it is not known whether the request did anything. */
export class NoAnswer extends Error {}

/** The control plane refused. */
export class Refused extends Error {
  readonly code: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  constructor(message: string, code: string, extensions: object) {
    super(`${code}: ${message}`);
    this.code = code;
    this.extensions = extensions as Readonly<Record<string, unknown>>;
  }
}

/** How likely the network is to do what it should not, from 0 to 1, for each request. */
export interface NetworkFaults {
  readonly lost: number;
  readonly answerLost: number;
  readonly twice: number;
}

export const NO_FAULTS: NetworkFaults = { lost: 0, answerLost: 0, twice: 0 };

/** What stands between the control plane and everybody else. */
export interface Network {
  faults: NetworkFaults;
  /** Those who reach nobody just now, by name. */
  readonly cutOff: Set<string>;
  /**
   * One try. Answers the data.
   *
   * @param from who asks; a name that can be cut off.
   * @throws NoAnswer, Refused
   */
  send(task: Task, from: string, request: ApiRequest): Promise<unknown>;
  /** Tries until there is an answer. @throws Refused */
  sendUntilAnswered(task: Task, from: string, request: ApiRequest): Promise<unknown>;
}

/** How long somebody waits for an answer that does not come. */
const TIMEOUT_MS = 2_000;

export function createNetwork(replicas: readonly Replica[]): Network {
  async function serve(task: Task, replica: Replica, request: ApiRequest): Promise<ApiAnswer> {
    try {
      return await replica.serve(task, request);
    } catch (cause) {
      throw new NoAnswer(`${replica.name} died`, { cause });
    }
  }

  const network: Network = {
    faults: NO_FAULTS,
    cutOff: new Set(),
    async send(task, from, request) {
      const { random } = task;
      await task.sleep(random.integer(1, 20));
      const alive = replicas.filter(({ isAlive }) => isAlive);
      if (alive.length === 0 || network.cutOff.has(from) || random.chance(network.faults.lost)) {
        await task.sleep(random.integer(1, TIMEOUT_MS));
        throw new NoAnswer(`${request.what} did not arrive`);
      }
      const replica = random.pick(alive);
      const isTwice = random.chance(network.faults.twice);
      const answers = [
        serve(task, replica, request),
        ...(isTwice ? [serve(task, random.pick(alive), request)] : []),
      ];
      const [first] = await Promise.allSettled(answers);
      if (task.signal.aborted) throw new TaskKilled(task.name);
      if (first?.status !== "fulfilled") throw first?.reason;
      if (network.cutOff.has(from) || random.chance(network.faults.answerLost)) {
        await task.sleep(random.integer(1, TIMEOUT_MS));
        throw new NoAnswer(`the answer to ${request.what} was lost`);
      }
      return read(first.value);
    },
    async sendUntilAnswered(task, from, request) {
      for (let failures = 0; ; failures++) {
        try {
          return await network.send(task, from, request);
        } catch (error) {
          if (!(error instanceof NoAnswer)) throw error;
        }
        await task.sleep(Math.min(5_000, 100 * 2 ** failures) * (0.5 + task.random.next() / 2));
      }
    },
  };
  return network;
}

function read(answer: ApiAnswer): unknown {
  if ("data" in answer) return answer.data;
  // As agents and workers have it: what may pass by itself is tried again.
  if (answer.code === "internal" || answer.code === "unavailable") throw new NoAnswer(answer.message);
  throw new Refused(answer.message, answer.code, answer.extensions);
}

/** A request to the agent API. */
export function agentRequest<Result, Variables extends object>(
  token: string,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): ApiRequest {
  const text = document.toString();
  return {
    api: "agent",
    token,
    what: /(?:mutation|query) (\w+)/.exec(text)?.[1] ?? "?",
    document: text,
    variables,
  };
}
