import { pino } from "pino";
import { afterAll, expect } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import { systemClock, type Clock } from "@millrace/model/time/clock";
import type { Db } from "../database/connect.ts";
import { createTestContext } from "./test-context.ts";
import { createTestDatabase } from "./test-database.ts";
import { createApp } from "../http/create-app.ts";
import { createUserApiEndpoint, type UserApiOptions } from "../user-api/user-api-endpoint.ts";
import { serveLocation, SHOP } from "./test-runs.ts";
import { createWakeListener } from "../wake/wake-listener.ts";

/** For tests: what a GraphQL request is answered with. */
interface Answer {
  readonly data?: Record<string, unknown>;
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

/** For tests: the user API over HTTP on a database of its own, with one code location. */
export interface TestUserApi {
  readonly db: Db;
  /** Such as `http://127.0.0.1:41234/graphql`. */
  readonly url: string;
  /** What the server has logged as errors. */
  readonly logged: string[];
  readonly ask: (
    query: string,
    variables?: Record<string, unknown>,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  /** The data of an answer that must have no errors. */
  readonly askFor: (query: string, variables?: Record<string, unknown>) => Promise<Record<string, unknown>>;
}

/** For tests: starts the user API for the test file that calls it. Its log has everything from `level` on. Default: errors. */
export async function startUserApi({
  level = "error",
  clock = systemClock,
  ...options
}: { readonly level?: "info" | "error"; readonly clock?: Clock } & Pick<
  UserApiOptions,
  "findViewer"
> = {}): Promise<TestUserApi> {
  const { db, url: databaseUrl } = await createTestDatabase();
  const logged: string[] = [];
  const logger = pino({ level }, { write: (line: string) => logged.push(line) });
  const bus = createWakeListener(databaseUrl, { db, logger, clock: systemClock, ids: systemIds });
  const closing = new AbortController();
  const endpoints = [createUserApiEndpoint(createTestContext(db, { bus, logger, clock }), options)];
  const app = await createApp({
    db,
    clock: systemClock,
    logger,
    endpoints,
    host: "127.0.0.1",
    closing: closing.signal,
  });
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  afterAll(async () => {
    closing.abort();
    await bus.close();
    await app.close();
  });
  await serveLocation(db, "shop", {
    ...SHOP,
    schedules: [{ name: "nightly", cron: ["0 3 * * *"], timezone: "UTC", jobName: "hello" }],
    sensors: [
      { name: "watch", kind: "standard", minimumIntervalSeconds: 30, jobNames: ["hello"] },
      {
        name: "on_orders",
        kind: "asset",
        minimumIntervalSeconds: 30,
        jobNames: ["hello"],
        watch: { events: { case: "assets", value: { assetKeys: ["orders"], all: false } } },
      },
    ],
    resources: [{ name: "db", environmentVariables: ["DB_URL"], configSchema: '{"type":"object"}' }],
  });

  async function ask(query: string, variables: Record<string, unknown> = {}, headers = {}): Promise<Answer> {
    const payload = { query, variables };
    const answer = await app.inject({ method: "POST", url: "/graphql", payload, headers });
    return answer.json<Answer>();
  }
  return {
    db,
    url: `${address}/graphql`,
    logged,
    ask,
    async askFor(query, variables) {
      const { data, errors } = await ask(query, variables);
      expect(errors).toBeUndefined();
      return data ?? {};
    },
  };
}
