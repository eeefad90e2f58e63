import { parse, execute, type DocumentNode, type GraphQLError } from "graphql";
import { pino } from "pino";
import type { FastifyRequest } from "fastify";
import type { Topic } from "@millrace/model/topic";
import { createAgentApiEndpoint } from "../agent-api/agent-api-endpoint.ts";
import { listDaemons } from "../all-daemons.ts";
import { createWorkEffects } from "../all-work-effects.ts";
import type { ServerContext } from "../context/server-context.ts";
import type { Daemon, DaemonName, Duty } from "../daemons/daemon.ts";
import { DaemonLeaseLost } from "../daemons/daemon-lease.ts";
import { createDueWatch } from "../daemons/due-watch.ts";
import { runDaemon } from "../daemons/run-daemon.ts";
import { toClientError } from "../http/graphql-errors.ts";
import type { GraphQLEndpoint } from "../http/graphql-endpoint.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { createUserApiEndpoint } from "../user-api/user-api-endpoint.ts";
import { createWakeBus, type WakeSource } from "../wake/wake-bus.ts";
import { createClaimDesk } from "../claims/claim-desk.ts";
import type { LogStorage } from "../logs/storage/log-storage.ts";
import type { Task, Tasks } from "./tasks.ts";
import type { Turns } from "./turns.ts";

/** One GraphQL request, as it comes out of HTTP. */
export interface ApiRequest {
  readonly api: "agent" | "user";
  readonly token: string | null;
  /** For the trace: what it asks for. */
  readonly what: string;
  readonly document: string;
  readonly variables: object;
}

/** What a request was answered with. */
export type ApiAnswer =
  | { readonly data: unknown }
  | { readonly code: string; readonly message: string; readonly extensions: object };

/** One process of the control plane: the real daemons and the real APIs, on simulated time. */
export interface Replica {
  readonly name: string;
  readonly isAlive: boolean;
  /** Milliseconds by which its machine's clock is wrong. */
  clockOffsetMs: number;
  start(): void;
  /** Kills it between two statements; the caller lets the database notice. */
  kill(): void;
  /** Rejects when the replica is killed meanwhile. */
  serve(caller: Task, request: ApiRequest): Promise<ApiAnswer>;
  /** Something changed, as one hears from the database. */
  wake(topic: Topic): void;
}

/** What replicas are made of. */
export interface ReplicaSurroundings {
  readonly tasks: Tasks;
  readonly turns: Turns;
  /** All replicas have the same. */
  readonly logs: LogStorage;
  readonly idleDaemons: ReadonlySet<DaemonName>;
  /** Told what a replica logs as an error: a bug. */
  readonly onBug: (what: string) => void;
}

const documents = new Map<string, DocumentNode>();

export function createReplica(
  name: string,
  { tasks, turns, logs, idleDaemons, onBug }: ReplicaSurroundings,
): Replica {
  let life = new AbortController();
  let claims = createClaimDesk();
  let lives = 0;
  let requests = 0;
  const buses = new Set<WakeSource>();
  const logger = pino({ level: "error" }, { write: (line: string) => onBug(`${name}: ${line}`) });

  /** Each task has its own connections and waits; the rest of a replica's context is one. */
  async function run<T>(what: string, work: (context: ServerContext, task: Task) => Promise<T>): Promise<T> {
    const options = { signal: life.signal, clockOffset: () => replica.clockOffsetMs };
    const { done } = tasks.spawn(
      `${name}.${lives} ${what}`,
      async (task) => {
        const bus = createWakeBus(task.clock);
        buses.add(bus);
        const { clock, ids } = task;
        const context = {
          db: turns.open(task),
          bus,
          logs,
          claims,
          logger,
          clock,
          ids,
          pageUrl: () => "http://page.test",
        };
        try {
          return await work(context, task);
        } finally {
          buses.delete(bus);
        }
      },
      options,
    );
    return done;
  }

  const replica: Replica = {
    name,
    get isAlive() {
      return lives > 0 && !life.signal.aborted;
    },
    clockOffsetMs: 0,
    start() {
      life = new AbortController();
      claims = createClaimDesk();
      lives++;
      const { signal } = life;
      const daemons = listDaemons(createWorkEffects).filter(({ name }) => !idleDaemons.has(name));
      const watch = createDueWatch(daemons);
      const live = (what: string, work: (context: ServerContext) => Promise<void>): void => {
        run(what, work).catch((error: unknown) => {
          if (!signal.aborted) onBug(`${name} ${what}: ${String(error)}`);
        });
      };
      live("dues", (context) => watch.run(context, signal));
      for (const daemon of daemons) {
        const tick = (context: ServerContext): Promise<void> =>
          runDaemon(dutyOf(daemon), context, `${name}.${lives}`, watch, signal, ({ error }) => {
            if (error === null || error instanceof DaemonLeaseLost || signal.aborted) return;
            onBug(`${name} ${daemon.name}: ${error.stack}`);
          });
        live(daemon.name, tick);
      }
    },
    kill() {
      life.abort();
    },
    async serve(caller, request) {
      const served = run(`${request.what} ${caller.name} ${requests++}`, (context, task) =>
        answer(endpointOf(context, request), request, task.signal, context),
      );
      return caller.wait(served);
    },
    wake(topic) {
      for (const bus of buses) bus.wake(topic);
    },
  };
  return replica;
}

function dutyOf(daemon: Daemon): Duty {
  return daemon.of === "deployment"
    ? { daemon, deploymentId: TEST_DEPLOYMENT }
    : { daemon, deploymentId: null };
}

function endpointOf(context: ServerContext, { api }: ApiRequest): GraphQLEndpoint {
  return api === "agent"
    ? createAgentApiEndpoint(context, createWorkEffects(context))
    : createUserApiEndpoint(context);
}

async function answer(
  endpoint: GraphQLEndpoint,
  { token, document, variables }: ApiRequest,
  signal: AbortSignal,
  { logger }: ServerContext,
): Promise<ApiAnswer> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const refuse = (error: unknown): ApiAnswer => {
    signal.throwIfAborted();
    const { message, extensions } = toClientError(error, logger);
    return { message, code: String(extensions["code"]), extensions };
  };
  try {
    // Of Fastify's request, the endpoints read no more than this.
    const admitted = await endpoint.admit({ headers, params: {} } as FastifyRequest);
    const contextValue = admitted(signal);
    const parsed = documents.get(document) ?? parse(document);
    documents.set(document, parsed);
    const { data, errors } = await execute({
      schema: endpoint.schema,
      document: parsed,
      variableValues: variables as Record<string, unknown>,
      contextValue,
    });
    const error: GraphQLError | undefined = errors?.[0];
    return error === undefined ? { data } : refuse(error);
  } catch (error) {
    return refuse(error);
  }
}
