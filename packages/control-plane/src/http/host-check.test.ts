import { hostname } from "node:os";
import { expect, test } from "vitest";
import { isOurHost } from "./host-check.ts";

test.each([
  "localhost",
  "localhost:3000",
  "app.localhost:3000",
  "127.0.0.1:3000",
  "192.168.1.7",
  "[::1]:3000",
  "inside.example:3000",
  "Millrace.example",
  "millrace.example:3000",
  hostname(),
])("%s may name a server that listens as inside.example and is reached as millrace.example", (header) =>
  expect(isOurHost(header, ["inside.example", "millrace.example"])).toBe(true),
);

test.each([
  undefined,
  "",
  "evil.example",
  "evil.example:3000",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil.example#localhost",
])("%s may not", (header) => expect(isOurHost(header, ["inside.example", "millrace.example"])).toBe(false));
