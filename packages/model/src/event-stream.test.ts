import { expect, test } from "vitest";
import { createEventStreamParser } from "./event-stream.ts";

test("events are read whole, however the stream is cut", () => {
  const stream = ':\n\nevent: next\ndata: {"a":1}\n\nevent: complete\ndata:\n\n';
  const parse = createEventStreamParser();

  const events = stream.split("").flatMap((character) => parse(character));

  expect(events).toEqual([
    { name: "next", data: '{"a":1}' },
    { name: "complete", data: "" },
  ]);
});

test("pings are no events", () => {
  expect(createEventStreamParser()(":\n\n:\n\n")).toEqual([]);
});
