import { expect, test } from "vitest";
import {
  fromElkGraph,
  layoutInColumns,
  type LineageAsset,
  listEdges,
  NODE_HEIGHT,
  toElkGraph,
} from "./lineage-layout.ts";

const asset = (key: string, dependencies: string[] = [], group = "default"): LineageAsset => ({
  key,
  group,
  dependencies,
});

test("edges to assets that are not shown are left out", () => {
  expect(listEdges([asset("b", ["a", "hidden"]), asset("a")])).toEqual([["a", "b"]]);
});

test("several groups get boxes; one group gets none", () => {
  expect(toElkGraph([asset("a"), asset("b", [], "g")], "RIGHT").children?.map((node) => node.id)).toEqual([
    "group:default",
    "group:g",
  ]);
  expect(toElkGraph([asset("a"), asset("b")], "DOWN").children?.map((node) => node.id)).toEqual(["a", "b"]);
});

test("places inside a group's box are told for the whole drawing", () => {
  const layout = fromElkGraph({
    id: "root",
    children: [
      {
        id: "group:g",
        x: 100,
        y: 50,
        width: 300,
        height: 200,
        children: [{ id: "a", x: 10, y: 20, width: 5, height: 6 }],
      },
    ],
  });

  expect(layout.assets.get("a")).toEqual({ x: 110, y: 70, width: 5, height: 6 });
  expect(layout.groups.get("g")).toEqual({ x: 100, y: 50, width: 300, height: 200 });
});

test("in columns, everything stands right of what it is made from and nothing overlaps", () => {
  const assets = [
    asset("d", ["b", "c"]),
    asset("b", ["a"]),
    asset("c", ["a"]),
    asset("a"),
    asset("e", ["a", "d"]),
  ];

  const { assets: boxes } = layoutInColumns(assets);

  for (const [from, to] of listEdges(assets)) expect(boxes.get(from)?.x).toBeLessThan(boxes.get(to)?.x ?? 0);
  expect(Math.abs((boxes.get("b")?.y ?? 0) - (boxes.get("c")?.y ?? 0))).toBeGreaterThanOrEqual(NODE_HEIGHT);
});

test("a chain of 10,000 and a cycle are laid out too", () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    asset(`a${index}`, index === 0 ? [] : [`a${index - 1}`]),
  );

  expect(layoutInColumns(chain).assets.size).toBe(10_000);
  expect(layoutInColumns([asset("a", ["b"]), asset("b", ["a"])]).assets.size).toBe(2);
});
