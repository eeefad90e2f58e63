import { expect, test } from "vitest";
import { walk } from "./graph-walk.ts";

const diamond: Readonly<Record<string, readonly string[]>> = {
  a: ["b", "c"],
  b: ["d"],
  c: ["d"],
  d: ["e"],
  loop: ["loop"],
};

test("levels are counted along the shortest way", () => {
  const next = (key: string): readonly string[] => diamond[key] ?? [];
  expect([...walk(["a"], next, 0)]).toEqual([]);
  expect([...walk(["a"], next, 2)]).toEqual(["b", "c", "d"]);
  expect([...walk(["a"], next, null)]).toEqual(["b", "c", "d", "e"]);
  expect([...walk(["loop"], next, null)]).toEqual([]);
});

test("every key is asked for its neighbors at most once, however many ways lead to it", () => {
  const width = 100;
  const layers = 20;
  let asked = 0;
  const next = (key: string): readonly string[] => {
    asked++;
    const layer = Number(key.split(":")[0]);
    return layer === layers ? [] : Array.from({ length: width }, (_, i) => `${layer + 1}:${i}`);
  };
  expect(walk(["0:0"], next, null).size).toBe(width * layers);
  expect(asked).toBe(width * layers + 1);
});
