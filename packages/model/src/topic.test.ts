import { expect, test } from "vitest";
import { changeNameOf, parseChangeName, parseTopic, topicOf, topics } from "./topic.ts";

test("every topic is read as it is written, and names its deployment", () => {
  const all = [
    ...[topics.runs, topics.assets, topics.locations, topics.agents, topics.daemons].map((of) =>
      of("branch"),
    ),
    ...[topics.run, topics.logs, topics.workItem, topics.work].map((of) => of("branch", "a-1")),
  ];

  expect(all.map(parseTopic)).toEqual(all);
  expect(all.every((topic) => topic.startsWith("branch/"))).toBe(true);
  expect(new Set(all).size).toBe(all.length);
});

test("a topic is its deployment and the name that its readers know", () => {
  expect(changeNameOf(topics.run("branch", "a-1"))).toBe("run:a-1");
  expect(topicOf("branch", "run:a-1")).toBe(topics.run("branch", "a-1"));
  expect(changeNameOf(topics.work("branch", "gpu/large"))).toBe("work:gpu/large");
});

test.each(["", "everything", "run:", "run:a b", "work:default", "other/runs", "runs "])(
  "a reader can't wait for %j",
  (name) => {
    expect(parseChangeName(name)).toBeNull();
  },
);

test.each(["runs", "", "branch/", "branch/everything", "probe:1"])("%j is no topic", (text) => {
  expect(parseTopic(text)).toBeNull();
});
