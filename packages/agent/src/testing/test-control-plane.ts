import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";

type Fields = Readonly<Record<string, unknown>>;

/** One request that came in. */
export interface ReceivedCall {
  readonly operation: string;
  readonly token: string;
  readonly variables: Fields;
}

/** For tests: a small HTTP server that speaks the agent API, keeps nothing but what it was told, and can be told what to answer. */
export interface TestControlPlane {
  readonly url: string;
  readonly token: string;
  readonly calls: readonly ReceivedCall[];
  /** Every call of one operation so far. */
  callsOf(operation: string): readonly ReceivedCall[];
  /** Waits for a call that `matches`, past ones included. */
  untilCall(operation: string, matches?: (variables: Fields) => boolean): Promise<ReceivedCall>;
  /** Wants these locations served from now on. */
  desire(
    ...locations: readonly { readonly name: string; readonly revision: number; readonly document: object }[]
  ): void;
  /** Leaves an item for whoever asks next. Returns its id. */
  enqueue(kind: string, payload: object): string;
  /** Leaves an item a second time, as after a lost lease. */
  redeliver(id: string): void;
  /** Says from now on that this item is not the agent's any more. */
  revokeLease(id: string): void;
  /** Answers every request with 503 until told otherwise; they count as calls of `Refused…`. */
  setAway(away: boolean): void;
  /** Says from now on that nobody needs what is stored of these runs. */
  expire(...runIds: readonly string[]): void;
  /** Accepts no agent token any more. */
  revokeToken(): void;
  close(): Promise<void>;
}

const SETTINGS = {
  heartbeatSeconds: 0.2,
  workerHeartbeatSeconds: 5,
  standbyWorkers: 1,
  stepValueRetentionDays: 30,
};

interface Item {
  readonly id: string;
  readonly kind: string;
  readonly payload: object;
  deliveries: number;
}

export async function startTestControlPlane(): Promise<TestControlPlane> {
  const token = `mra_${"t".repeat(43)}`;
  const calls: ReceivedCall[] = [];
  const items = new Map<string, Item>();
  const pending: string[] = [];
  const lostLeases = new Set<string>();
  const expired = new Set<string>();
  let locations: readonly object[] = [];
  let locationsRevision = 0;
  let away = false;
  let revoked = false;
  let changed = Promise.withResolvers<void>();
  const closed = new AbortController();
  const sequences = new Map<string, number>();

  function noteChange(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function held<T>(waitMs: unknown, asker: Socket, look: () => T | null): Promise<T | null> {
    const end = performance.now() + Number(waitMs);
    asker.removeListener("close", noteChange).once("close", noteChange);
    for (;;) {
      if (asker.destroyed) return null;
      const found = look();
      if (found !== null || performance.now() >= end || closed.signal.aborted) return found;
      const timer = new AbortController();
      const over = sleep(end - performance.now(), undefined, { signal: timer.signal }).catch(() => {});
      await Promise.race([changed.promise, over]);
      timer.abort();
    }
  }

  const answers: Record<string, (variables: Fields, asker: Socket) => unknown> = {
    RegisterAgent: () => ({
      registerAgent: SETTINGS,
    }),
    Heartbeat: () => ({ heartbeat: SETTINGS }),
    ExpiredRuns: ({ runIds }) => ({
      expiredRuns: (runIds as string[]).filter((runId) => expired.has(runId)),
    }),
    UnregisterAgent: () => ({ unregisterAgent: true }),
    async DesiredLocations({ haveRevision, waitMs }, asker) {
      const revision = () => String(locationsRevision);
      await held(waitMs, asker, () => (revision() === haveRevision ? null : true));
      return { desiredLocations: { revision: revision(), locations } };
    },
    async ClaimWork({ waitMs, max }, asker) {
      const claimed = await held(waitMs, asker, () => {
        const ids = pending.splice(0, Number(max));
        return ids.length === 0 ? null : ids;
      });
      return {
        claimWork: (claimed ?? []).map((id) => {
          const item = items.get(id);
          if (!item) throw new Error(`no item ${id}`);
          item.deliveries += 1;
          return { ...item, leaseMs: 300 };
        }),
      };
    },
    ExtendLeases: ({ itemIds }) => ({
      extendLeases: (itemIds as string[]).filter((id) => !lostLeases.has(id)),
    }),
    CompleteWork: () => ({ completeWork: true }),
    FailWork: () => ({ failWork: true }),
    MissingSnapshots: ({ digests }) => ({ missingSnapshots: digests }),
    ReportLocation: () => ({ reportLocation: true }),
    ReportWorkerExit: () => ({ reportWorkerExit: "CONTINUE" }),
    AppendEvents({ runId, attempt, firstSequence, events }) {
      const key = `${String(runId)}.${String(attempt)}`;
      const next = Math.max(sequences.get(key) ?? 0, Number(firstSequence) + (events as unknown[]).length);
      sequences.set(key, next);
      return { appendEvents: { nextSequence: next, directive: "CONTINUE" } };
    },
    PutLogChunk: ({ offset, bytes }) => ({
      putLogChunk: {
        nextOffset: Number(offset) + Buffer.from(String(bytes), "base64").length,
        directive: "CONTINUE",
      },
    }),
  };

  async function takeUpload(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const bytes = await readBytes(request);
    const sent = request.headers.authorization?.replace("Bearer ", "") ?? "";
    const digest = request.url?.split("/").at(-1);
    calls.push({ operation: "UploadSnapshot", token: sent, variables: { digest, bytes } });
    noteChange();
    return { status: 200, body: { data: {} } };
  }

  async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    if (request.method === "PUT" && !away) return takeUpload(request);
    const body = await readBody(request);
    const { query, variables } = JSON.parse(body) as { query: string; variables: Fields };
    const operation = /(?:mutation|query) (\w+)/.exec(query)?.[1] ?? "";
    const sent = request.headers.authorization?.replace("Bearer ", "") ?? "";
    if (away) {
      calls.push({ operation: `Refused${operation}`, token: sent, variables });
      noteChange();
      return { status: 503, body: {} };
    }
    if (sent === token && revoked) {
      return {
        status: 200,
        body: { errors: [{ message: "no such token", extensions: { code: "unauthenticated" } }] },
      };
    }
    calls.push({ operation, token: sent, variables });
    noteChange();
    const data = await answers[operation]?.(variables, request.socket);
    if (data === undefined) throw new Error(`the test control plane does not know ${operation}`);
    return { status: 200, body: { data } };
  }

  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, body }) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    token,
    calls,
    callsOf: (operation) => calls.filter((call) => call.operation === operation),
    async untilCall(operation, matches = () => true) {
      for (;;) {
        const found = calls.find((call) => call.operation === operation && matches(call.variables));
        if (found) return found;
        await changed.promise;
      }
    },
    desire(...wanted) {
      locations = wanted;
      locationsRevision += 1;
      noteChange();
    },
    enqueue(kind, payload) {
      const id = `item-${items.size}`;
      items.set(id, { id, kind, payload, deliveries: 0 });
      pending.push(id);
      noteChange();
      return id;
    },
    redeliver(id) {
      pending.push(id);
      noteChange();
    },
    revokeLease: (id) => void lostLeases.add(id),
    setAway(isAway) {
      away = isAway;
      noteChange();
    },
    expire(...runIds) {
      for (const runId of runIds) expired.add(runId);
    },
    revokeToken() {
      revoked = true;
      noteChange();
    },
    async close() {
      closed.abort();
      noteChange();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const bytes = await readBytes(request);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
