import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { buildSchema, graphql, GraphQLError } from "graphql";
import { createFakeRuns, type FakeRuns } from "./fake-runs.ts";
import { createFakeWork, type FakeWork } from "./fake-work.ts";

/** The variables of an operation, or an input object among them. */
export type Fields = Readonly<Record<string, unknown>>;

/** One operation that came in, or an upload, which is called `UploadSnapshot` and has `digest` and `bytes`. */
export interface ReceivedCall {
  readonly operation: string;
  readonly token: string;
  readonly variables: Fields;
}

/** What the fake does to one request instead of an ordinary answer. */
export type Fault =
  /** Cuts the connection before anything is done. */
  | "cut_before"
  /** Does what is asked, then cuts the connection: the caller can't know. */
  | "cut_after"
  | "500";

/**
 * For tests: the agent API over real HTTP, without a control plane behind it. Documents and variables are checked against the real
 * schema; what is answered is kept in memory, and goes wrong as the test says.
 */
export interface FakeAgentApi extends AsyncDisposable {
  readonly url: string;
  /** An agent's token. Any other one is taken for that of a run. */
  readonly token: string;
  /** What agents ask for. */
  readonly work: FakeWork;
  /** What the workers of runs ask for. */
  readonly runs: FakeRuns;
  /** What came in, in this order: faulty requests too, but not those that came while the fake was away. */
  readonly calls: readonly ReceivedCall[];
  /** Every call of one operation so far. */
  callsOf(operation: string): readonly ReceivedCall[];
  /** Waits for a call of an operation that `matches`, past ones included. */
  untilCall(operation: string, matches?: (variables: Fields) => boolean): Promise<ReceivedCall>;
  /** Waits until `condition` holds, which is looked at after every request. */
  until(condition: () => boolean): Promise<void>;
  /** Faults of the next requests, in order. */
  readonly faults: Fault[];
  /** Answers wait until the returned function is called. */
  hold(): () => void;
  /** Answers every request with 503 until told otherwise. */
  setAway(away: boolean): void;
  /** Waits for a request that comes while the fake is away. */
  untilRefused(operation: string): Promise<void>;
  /** Accepts the agent's token no more. */
  revokeToken(): void;
}

const schema = buildSchema(readFileSync(new URL("../../agent-api/schema.graphql", import.meta.url), "utf8"));

/** Starts the fake on a free port of the loopback interface. */
export async function startFakeAgentApi(): Promise<FakeAgentApi> {
  const token = `mra_${"t".repeat(43)}`;
  const calls: ReceivedCall[] = [];
  const faults: Fault[] = [];
  const refused = new Set<string>();
  const closed = new AbortController();
  let changed = Promise.withResolvers<void>();
  let held: Promise<void> = Promise.resolve();
  let away = false;
  let revoked = false;

  function noteChange(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await changed.promise;
  }

  const work = createFakeWork({ noteChange, nextChange: () => changed.promise, closed: closed.signal });
  const runs = createFakeRuns();
  const operations = { ...work.operations, ...runs.operations };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await readCall(request);
    const fault = faults.shift();
    if (away) {
      refused.add(received.operation);
      return void response.writeHead(503).end();
    }
    calls.push(received);
    noteChange();
    if (fault === "cut_before") return void request.socket.destroy();
    if (fault === "500") return void response.writeHead(500).end("out of order");
    await held;
    const result = await execute(received, request.socket);
    if (fault === "cut_after") return void request.socket.destroy();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  }

  async function execute(received: Request, socket: Socket): Promise<object> {
    if (revoked && received.token === token)
      return { errors: [new GraphQLError("no such token", { extensions: { code: "unauthenticated" } })] };
    if (received.document === null) return { data: {} };
    return graphql({
      schema,
      source: received.document,
      rootValue: operations,
      variableValues: received.variables,
      contextValue: socket,
    });
  }

  const server = createServer((request, response) => {
    answer(request, response).then(noteChange, (error: unknown) =>
      response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/agent/graphql`,
    token,
    work,
    runs,
    calls,
    callsOf: (operation) => calls.filter((call) => call.operation === operation),
    async untilCall(operation, matches = () => true) {
      for (;;) {
        const found = calls.find((call) => call.operation === operation && matches(call.variables));
        if (found) return found;
        await changed.promise;
      }
    },
    until,
    faults,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    setAway(isAway) {
      away = isAway;
      noteChange();
    },
    untilRefused: (operation) => until(() => refused.has(operation)),
    revokeToken() {
      revoked = true;
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      noteChange();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Request extends ReceivedCall {
  /** Null: an upload. */
  readonly document: string | null;
}

async function readCall(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
  if (request.method === "PUT") {
    const digest = request.url?.split("/").at(-1);
    return { operation: "UploadSnapshot", token, variables: { digest, bytes }, document: null };
  }
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
  const { query, variables } = JSON.parse(body.toString("utf8")) as { query: string; variables: Fields };
  const operation = /(?:mutation|query) (\w+)/.exec(query)?.[1] ?? "";
  return { operation, token, variables, document: query };
}
