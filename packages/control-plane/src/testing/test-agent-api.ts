import { pino } from "pino";
import { afterAll, beforeAll, vi } from "vitest";
import { createAgentApiClient, type AgentApiClient } from "@millrace/protocol/agent-api-client";
import { systemIds } from "@millrace/model/randomness";
import { systemClock } from "@millrace/model/time/clock";
import type { Db } from "../database/connect.ts";
import { createTestContext } from "./test-context.ts";
import { TEST_WORK_EFFECTS } from "./test-runs.ts";
import { createTestDatabase } from "./test-database.ts";
import { createApp } from "../http/create-app.ts";
import { createWakeListener } from "../wake/wake-listener.ts";
import { createSnapshotUpload } from "../agent-api/snapshot-upload.ts";
import { createAgentApiEndpoint } from "../agent-api/agent-api-endpoint.ts";

/** For tests: the agent API over HTTP on a database of its own. */
export interface TestAgentApi {
  readonly db: Db;
  /** Such as `http://127.0.0.1:41234/agent/graphql`. */
  readonly url: string;
  /** A client with this token of an agent or a run; closed with the file's tests. */
  readonly connectAs: (token: string) => AgentApiClient;
}

/** For tests: starts the agent API for the test file that calls it. */
export async function startAgentApi(): Promise<TestAgentApi> {
  const { db, url: databaseUrl } = await createTestDatabase();
  const logger = pino({ level: "silent" });
  const bus = createWakeListener(databaseUrl, { db, logger, clock: systemClock, ids: systemIds });
  const closing = new AbortController();
  const context = createTestContext(db, { bus, logger });
  const endpoints = [createAgentApiEndpoint(context, TEST_WORK_EFFECTS)];
  const uploads = [createSnapshotUpload(context)];
  const app = await createApp({
    db,
    clock: systemClock,
    logger,
    endpoints,
    uploads,
    host: "127.0.0.1",
    closing: closing.signal,
  });
  const url = `${await app.listen({ host: "127.0.0.1", port: 0 })}/agent/graphql`;
  beforeAll(() => vi.waitUntil(() => bus.isListening(), { timeout: 20_000 }));
  afterAll(async () => {
    closing.abort();
    await bus.close();
    await app.close();
  });
  return {
    db,
    url,
    connectAs(token) {
      const client = createAgentApiClient(url, token);
      afterAll(() => client.close());
      return client;
    },
  };
}
