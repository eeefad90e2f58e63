import { GraphQLError } from "graphql";
import { pino } from "pino";
import { expect, test } from "vitest";
import { EventsOutOfOrder } from "../runs/run-errors.ts";
import { BadRequest } from "../api/bad-request.ts";
import { toClientError } from "./graphql-errors.ts";

const lines: string[] = [];
const logger = pino({}, { write: (line: string) => lines.push(line) });

function thrownByResolver(error: Error): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, path: ["appendEvents"] });
}

test("an expected failure keeps its message and code, and what it carries", () => {
  expect(toClientError(thrownByResolver(new BadRequest("`offset` must be 0 or more")), logger)).toMatchObject(
    {
      message: "`offset` must be 0 or more",
      path: ["appendEvents"],
      extensions: { code: "bad_request" },
    },
  );
  const gap = toClientError(new EventsOutOfOrder("r", 1, 7, 3), logger);
  expect(gap.extensions).toMatchObject({ code: "events_out_of_order", expected: 3 });
});

test("a bug is logged once and tells the client nothing", () => {
  lines.length = 0;

  const answer = toClientError(thrownByResolver(new TypeError("x is undefined: secret")), logger);

  expect(answer).toMatchObject({
    message: "Internal error; the server's log has the details",
    extensions: { code: "internal", http: { status: 500 } },
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("x is undefined: secret");
});

test("what the database refuses, and would refuse again, is the sender's mistake", () => {
  const full = Object.assign(new Error("index row size 3496 exceeds btree version 4 maximum 2704"), {
    code: "54000",
  });

  expect(toClientError(thrownByResolver(full), logger)).toMatchObject({
    message: "The database can't store this: index row size 3496 exceeds btree version 4 maximum 2704",
    extensions: { code: "bad_request" },
  });
});

test("a database that is away is no bug: the client is asked to try again", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

  expect(toClientError(thrownByResolver(refused), logger).extensions).toMatchObject({
    code: "unavailable",
    http: { status: 503 },
  });
});
