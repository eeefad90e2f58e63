import { expect, test } from "vitest";
import { type AssetNode, assetsAround, filterAssets, listGroups } from "./filter-assets.ts";

const asset = (key: string, dependencies: string[] = [], fields: Partial<AssetNode> = {}): AssetNode => ({
  key,
  dependencies,
  locationName: "main",
  group: "default",
  kinds: [],
  executable: true,
  partitioned: false,
  state: "missing",
  lastMaterializedAt: null,
  staleStatus: null,
  staleCauses: [],
  stalePartitions: null,
  checks: { passed: 0, warned: 0, failed: 0, unknown: 0 },
  ...fields,
});
const keys = (assets: readonly AssetNode[]): string[] => assets.map((each) => each.key);

test("text is found in key, group and kind; state and group narrow further", () => {
  const assets = [
    asset("raw/flights", [], { kinds: ["DuckDB"] }),
    asset("b", [], { group: "duck", state: "failed" }),
    asset("c"),
  ];

  expect(keys(filterAssets(assets, { search: "duck" }))).toEqual(["raw/flights", "b"]);
  expect(keys(filterAssets(assets, { search: "duck", state: "failed" }))).toEqual(["b"]);
  expect(keys(filterAssets(assets, { group: "default" }))).toEqual(["raw/flights", "c"]);
});

test("around an asset is what it comes from and what comes from it, not its siblings", () => {
  const assets = [asset("a"), asset("b", ["a"]), asset("sibling", ["a"]), asset("c", ["b"]), asset("other")];

  expect(keys(assetsAround(assets, "b"))).toEqual(["a", "b", "c"]);
});

test("a very long chain is no problem", () => {
  const chain = Array.from({ length: 20_000 }, (_, index) =>
    asset(`a${index}`, index === 0 ? [] : [`a${index - 1}`]),
  );

  expect(assetsAround(chain, "a10000")).toHaveLength(20_000);
});

test("groups are listed once, in order", () => {
  expect(listGroups([asset("a", [], { group: "z" }), asset("b"), asset("c")])).toEqual(["default", "z"]);
});
