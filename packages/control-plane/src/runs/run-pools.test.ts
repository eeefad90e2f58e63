import { expect, test } from "vitest";
import { listRunPools } from "./run-pools.ts";

const step = (key: string, upstream: string[], pool?: string) => ({
  key,
  upstream,
  ...(pool === undefined ? {} : { pool }),
});

test("a run has the pools of its steps, and begins with those that wait for none of them", () => {
  const steps = [
    step("load", ["elsewhere"], "db"),
    step("fetch", [], "api"),
    step("again", [], "db"),
    step("store", ["load"], "disk"),
  ];

  expect(listRunPools(steps)).toEqual({
    all: ["api", "db", "disk"],
    first: { db: 2, api: 1 },
    startsFreely: false,
  });
  expect(listRunPools([...steps, step("free", [])])).toMatchObject({ startsFreely: true });
});

test("a run whose steps have no pool has none", () => {
  expect(listRunPools([step("a", []), step("b", ["a"])])).toBeNull();
});
