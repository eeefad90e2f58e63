import { systemClock } from "@millrace/model/time/clock";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { createApp } from "../http/create-app.ts";
import { toClientError } from "../http/graphql-errors.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { connect } from "./connect.ts";
import { createWriteFailures, tryToWrite } from "./write-failures.ts";

const { url } = await createTestDatabase();
const logger = pino({ level: "silent" });
let now = 0;
let isFull = false;
const writes = createWriteFailures({ monotonic: () => now }, async () => {
  if (isFull) throw await writeToFullDisk();
  await tryToWrite(db);
});
const db = connect(url, { onStatementFailed: writes.note });
afterAll(() => db.destroy());

/** Fails as PostgreSQL does when a table can't grow. */
async function writeToFullDisk(): Promise<unknown> {
  const fail = `raise exception using errcode = '53100', message = 'could not extend file "base/1": No space left on device'`;
  return sql
    .raw(`do $$ begin ${fail}; end $$`)
    .execute(db)
    .then(
      () => null,
      (error: unknown) => error,
    );
}

test("the health check knows when writes fail, though reading works, and forgets it within a second when they work again", async () => {
  const app = await createApp({
    clock: systemClock,
    db,
    logger,
    endpoints: [],
    host: "127.0.0.1",
    closing: new AbortController().signal,
    findWriteFailure: writes.find,
  });
  const ask = async (): Promise<unknown> => {
    const answer = await app.inject({ url: "/healthz" });
    return { status: answer.statusCode, ...answer.json<object>() };
  };
  expect(await ask()).toEqual({ status: "ok" });

  isFull = true;
  await writeToFullDisk();
  for (let minutes = 0; minutes < 3; minutes++, now += 60_000)
    expect(await ask()).toEqual({
      status: "unavailable",
      reason: `the database can't write: could not extend file "base/1": No space left on device`,
    });

  isFull = false;
  expect(await ask()).toEqual({ status: "ok" });
  await app.close();
});

test("whoever asked is told the cause and to try again, and no bug is logged", async () => {
  const error = toClientError(await writeToFullDisk(), logger);

  expect(error.message).toBe(
    `The database can't write: could not extend file "base/1": No space left on device`,
  );
  expect(error.extensions).toMatchObject({ code: "unavailable", http: { status: 503 } });
});

test("other errors say nothing about writing", async () => {
  const quiet = createWriteFailures({ monotonic: () => 0 }, async () => {});

  quiet.note(await sql`select 1 / 0`.execute(db).catch((error: unknown) => error));

  expect(await quiet.find()).toBeNull();
});
