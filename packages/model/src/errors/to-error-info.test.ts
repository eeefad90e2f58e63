import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { parseErrorInfo } from "./parse-error-info.ts";
import { toErrorInfo } from "./to-error-info.ts";

test("an error keeps its name, message, stack, code, plain fields and causes", () => {
  const cause = Object.assign(new TypeError("no route"), { code: "EHOSTUNREACH" });
  const error = Object.assign(new Error("duplicate key", { cause }), {
    code: "23505",
    detail: "Key (id)=(1) exists",
    length: 12,
    request: { headers: { authorization: "Bearer abc" } },
  });

  const info = toErrorInfo(error);

  expect(info).toMatchObject({ name: "Error", message: "duplicate key", code: "23505" });
  expect(info.stack).toContain("to-error-info.test.ts");
  expect(info.cause).toMatchObject({ name: "TypeError", message: "no route", code: "EHOSTUNREACH" });
  expect(info.fields).toEqual({ detail: "Key (id)=(1) exists", length: "12" });
});

test("an error that collects others says what they say, and holds them", () => {
  const refused = [
    new Error("connect ECONNREFUSED ::1:5432"),
    new Error("connect ECONNREFUSED 127.0.0.1:5432"),
  ];

  const info = toErrorInfo(new TypeError("fetch failed", { cause: new AggregateError(refused) }));

  expect(info.cause?.message).toBe("connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432");
  expect(info.cause?.errors?.map(({ message }) => message)).toEqual(refused.map(({ message }) => message));
});

test("an error that another one suppressed is kept, before the one that suppressed it", () => {
  const info = toErrorInfo(new SuppressedError(new Error("close failed"), new Error("query failed")));

  expect(info.errors?.map(({ message }) => message)).toEqual(["query failed", "close failed"]);
});

test.each([
  [{ message: "duplicate key", details: { id: 1 }, code: "23505" }, "duplicate key", { details: "{id: 1}" }],
  [{ message: "bad", code: 7 }, "bad", { code: "7" }],
  [{ reason: 4 }, "{reason: 4} was thrown, which is not an Error", undefined],
  [[{ message: "a" }, { message: "b" }], "a; b", undefined],
  [new Map([["a", new Set([1n])]]), 'Map {"a" => Set {1n}} was thrown, which is not an Error', undefined],
  ["text", '"text" was thrown, which is not an Error', undefined],
  [undefined, "undefined was thrown, which is not an Error", undefined],
  [Symbol("s"), "Symbol(s) was thrown, which is not an Error", undefined],
])("%o is shown with what it says", (thrown, message, fields) => {
  const info = toErrorInfo(thrown);

  expect(info.message).toBe(message);
  expect(info.fields).toEqual(fields);
});

test("a response that was thrown is told from others", () => {
  expect(toErrorInfo(new Response("", { status: 404, statusText: "Not Found" })).message).toContain(
    'Response {status: 404, statusText: "Not Found", url: ""}',
  );
});

test("an error of another realm is an error like any other", () => {
  const info = toErrorInfo(runInNewContext('new RangeError("too far")'));

  expect(info).toMatchObject({ name: "RangeError", message: "too far" });
  expect(info.stack).toContain("RangeError: too far");
});

test("whatever getters and proxies do, something is said", () => {
  const throwing = Object.defineProperties(new Error("x"), {
    message: {
      get: () => {
        throw new Error("no");
      },
    },
    stack: {
      get: () => {
        throw new Error("no");
      },
    },
    name: { value: 7 },
  });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  expect(toErrorInfo(throwing)).toMatchObject({
    name: "Error",
    message: "an error without a message",
    stack: null,
  });
  expect(toErrorInfo(revoked.proxy).message).toContain("an object that can't be read");
  expect(
    toErrorInfo({
      message: "m",
      get bad() {
        throw new Error("no");
      },
    }).message,
  ).toBe("m");
});

test("errors in a circle, and more than anybody reads, come to an end", () => {
  const circular = new Error("a");
  circular.cause = new AggregateError([circular, new Error("b", { cause: circular })], "c");
  const grow = (depth: number): AggregateError =>
    new AggregateError(
      depth === 0 ? [] : Array.from({ length: 10 }, () => grow(depth - 1)),
      "x".repeat(100_000),
    );

  expect(toErrorInfo(circular).cause?.errors).toMatchObject([{ message: "b", cause: null }]);
  expect(JSON.stringify(toErrorInfo(grow(4))).length).toBeLessThan(300_000);
});

test("an error arrives as it was sent, and one of another shape says something", () => {
  const sent = toErrorInfo(
    Object.assign(new AggregateError([new Error("a")], "m"), { detail: "d", code: "c" }),
  );

  expect(parseErrorInfo(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
  expect(parseErrorInfo({ reason: 4, errors: "none", fields: [1] }).message).toContain("reason: 4");
});
