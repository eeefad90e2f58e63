import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { buildSchema, graphql, GraphQLError } from "graphql";
import type { Directive, StartAttemptInput } from "../agent-api.gen.ts";
import type { WorkerStream } from "@millrace/model/worker-streams";

/** What the test server does to one request instead of an ordinary answer. */
export type Fault =
  /** Cuts the connection before anything is done. */
  | "cut_before"
  /** Does what is asked, then cuts the connection: the caller can't know. */
  | "cut_after"
  | "500";

/** One attempt's data as the test server stored it. */
export interface StoredAttempt {
  readonly events: Record<string, unknown>[];
  readonly logs: { stdout: Buffer; stderr: Buffer; marks: Buffer };
  started: StartAttemptInput | null;
}

/** The run worker's half of the agent API over real HTTP, checked against the real schema, with faults on demand. For tests. */
export interface TestAgentApi extends AsyncDisposable {
  readonly url: string;
  readonly stored: StoredAttempt;
  /** Names of the operations in the order in which they came, faulty ones included. */
  readonly operations: string[];
  /** How many events each `appendEvents` carried. */
  readonly batches: number[];
  /** Faults of the next requests, in order. */
  readonly faults: Fault[];
  directive: Directive;
  /** Refuses an event as malformed when it says why. */
  refuseEvent: (event: Record<string, unknown>) => string | null;
  /** Keys of dynamic partitions by their name, oldest first. */
  readonly dynamicPartitions: Map<string, string[]>;
  /** Refuses new keys of dynamic partitions when it says why. */
  refusePartitions: string | null;
  /** Refuses every piece of output as malformed. */
  refuseLogs: boolean;
  /** Refuses every request of a run token with this code. */
  refuseAll: string | null;
  /** Resolves once `condition` holds; it is looked at after every request. */
  until(condition: (stored: StoredAttempt) => boolean): Promise<void>;
  /** Answers wait until the returned function is called. */
  hold(): () => void;
}

const schema = buildSchema(readFileSync(new URL("../../agent-api/schema.graphql", import.meta.url), "utf8"));

/** Starts the server on a free port. */
export async function startTestAgentApi(): Promise<TestAgentApi> {
  const stored: StoredAttempt = {
    events: [],
    logs: { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), marks: Buffer.alloc(0) },
    started: null,
  };
  const waiting = new Set<() => void>();
  let held: Promise<void> = Promise.resolve();

  const operations = {
    startAttempt({ input }: { input: StartAttemptInput }) {
      checkToken();
      stored.started = input;
      return api.directive;
    },
    attemptHeartbeat() {
      checkToken();
      return api.directive;
    },
    appendEvents({ firstSequence, events }: { firstSequence: number; events: Record<string, unknown>[] }) {
      checkToken();
      api.batches.push(events.length);
      if (firstSequence > stored.events.length)
        refuse("events_out_of_order", { expected: stored.events.length });
      const fresh = events.slice(stored.events.length - firstSequence);
      for (const event of fresh) {
        const problem = api.refuseEvent(event);
        if (problem !== null) refuse("bad_request", {}, problem);
      }
      stored.events.push(...fresh);
      return { nextSequence: stored.events.length, directive: api.directive };
    },
    putLogChunk({ stream, offset, bytes }: { stream: WorkerStream; offset: number; bytes: string }) {
      checkToken();
      if (api.refuseLogs) refuse("bad_request", {}, "no more output is kept");
      const have = stored.logs[stream];
      if (offset > have.length) refuse("log_out_of_order", { expected: have.length });
      stored.logs[stream] = Buffer.concat([
        have,
        Buffer.from(bytes, "base64").subarray(have.length - offset),
      ]);
      return { nextOffset: stored.logs[stream].length, directive: api.directive };
    },
    /** Pages of two keys; the cursor is the place of the next one. */
    dynamicPartitions({ name, after }: { name: string; after?: string | null }) {
      const keys = keysOf(name);
      const next = Number(after ?? 0) + 2;
      return { keys: keys.slice(next - 2, next), cursor: next < keys.length ? String(next) : null };
    },
    addDynamicPartitions({ name, keys }: { name: string; keys: string[] }) {
      if (api.refusePartitions !== null) refuse("bad_request", {}, api.refusePartitions);
      api.dynamicPartitions.set(name, [...new Set([...keysOf(name), ...keys])]);
      return keys.length;
    },
    deleteDynamicPartitions({ name, keys }: { name: string; keys: string[] }) {
      api.dynamicPartitions.set(
        name,
        keysOf(name).filter((key) => !keys.includes(key)),
      );
      return keys.length;
    },
  };

  function keysOf(name: string): string[] {
    checkToken();
    return api.dynamicPartitions.get(name) ?? [];
  }

  function checkToken(): void {
    if (api.refuseAll !== null) refuse(api.refuseAll, {});
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (request.method !== "POST") return void response.writeHead(405).end();
    const text =
      request.headers["content-encoding"] === "gzip" ? gunzipSync(body).toString() : body.toString();
    const { query, variables } = JSON.parse(text) as { query: string; variables: Record<string, unknown> };
    api.operations.push(/(?:mutation|query) (\w+)/.exec(query)?.[1] ?? "");
    const fault = api.faults.shift();
    if (fault === "cut_before") return void request.socket.destroy();
    if (fault === "500") return void response.writeHead(500).end("out of order");
    await held;
    const result = await graphql({ schema, source: query, rootValue: operations, variableValues: variables });
    for (const check of waiting) check();
    if (fault === "cut_after") return void request.socket.destroy();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const api: TestAgentApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/agent/graphql`,
    stored,
    operations: [],
    batches: [],
    faults: [],
    directive: "CONTINUE",
    dynamicPartitions: new Map(),
    refusePartitions: null,
    refuseEvent: () => null,
    refuseLogs: false,
    refuseAll: null,
    until(condition) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (!condition(stored)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return api;
}

function refuse(code: string, extensions: Record<string, unknown>, message: string = code): never {
  throw new GraphQLError(message, { extensions: { ...extensions, code } });
}
