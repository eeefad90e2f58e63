import { systemClock } from "@millrace/model/time/clock";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { connect } from "../database/connect.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { createApp } from "./create-app.ts";

const { db } = await createTestDatabase();
const logger = pino({ level: "silent" });
const closing = new AbortController();
const app = await createApp({
  db,
  clock: systemClock,
  logger,
  endpoints: [],
  host: "127.0.0.1",
  closing: closing.signal,
});
afterAll(() => app.close());

test("the health check asks the database", async () => {
  const away = connect("postgresql://nobody@127.0.0.1:1/none");
  const unhealthy = await createApp({
    clock: systemClock,
    db: away,
    logger,
    endpoints: [],
    host: "127.0.0.1",
    closing: closing.signal,
  });

  expect((await app.inject({ url: "/healthz" })).json()).toEqual({ status: "ok" });
  const answer = await unhealthy.inject({ url: "/healthz" });

  expect({ status: answer.statusCode, body: answer.json<unknown>() }).toMatchObject({
    status: 503,
    body: { status: "unavailable" },
  });
  await unhealthy.close();
  await away.destroy();
});

test("a name that is not ours is refused, with what to do", async () => {
  const answer = await app.inject({ url: "/healthz", headers: { host: "evil.example" } });

  expect(answer.statusCode).toBe(421);
  expect(answer.body).toContain("--public-url");
});

test("the name in the public address is ours, as a proxy passes it on", async () => {
  const behindProxy = await createApp({
    clock: systemClock,
    db,
    logger,
    endpoints: [],
    host: "127.0.0.1",
    publicUrl: "https://millrace.example/",
    closing: closing.signal,
  });

  const answer = await behindProxy.inject({ url: "/healthz", headers: { host: "millrace.example" } });
  const refused = await behindProxy.inject({ url: "/healthz", headers: { host: "evil.example" } });

  expect([answer.statusCode, refused.statusCode]).toEqual([200, 421]);
  await behindProxy.close();
});

test("what is not there is said in the form that clients read", async () => {
  const answer = await app.inject({ url: "/nowhere", headers: { accept: "application/json" } });

  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toEqual({
    errors: [{ message: "There is nothing at GET /nowhere", extensions: { code: "not_found" } }],
  });
});
