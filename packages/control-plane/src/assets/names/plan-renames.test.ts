import { expect, test } from "vitest";
import { planRenames, type NamedAsset } from "./plan-renames.ts";

const living = (key: string, ...renamedFrom: string[]): NamedAsset => ({ key, renamedFrom, isLiving: true });
const mentioned = (key: string): NamedAsset => ({ key, renamedFrom: [], isLiving: false });
const renames = (...args: Parameters<typeof planRenames>) => [...planRenames(...args).renames];

test("an asset takes over what is kept under each of the keys it had", () => {
  expect(renames([living("new", "old", "older")], [])).toEqual([
    ["old", "new"],
    ["older", "new"],
  ]);
});

test("a key that is served stays with its asset; one that others only depend on does not hold it", () => {
  expect(renames([living("new", "old"), living("old")], [])).toEqual([]);
  expect(renames([living("new", "old"), mentioned("old")], [])).toEqual([["old", "new"]]);
  expect(renames([living("same", "same")], [])).toEqual([]);
});

test("going back to an older revision gives the key back", () => {
  const former = [{ former: "old", key: "new" }];

  expect(renames([living("old")], former)).toEqual([["new", "old"]]);
  expect(renames([mentioned("old")], former)).toEqual([]);
});

test("a former key that is served beside the asset of today is that of another asset", () => {
  const plan = planRenames([living("old"), living("new", "old")], [{ former: "old", key: "new" }]);

  expect(plan).toEqual({ renames: new Map(), reused: ["old"] });
});

test("no key is given away and taken over at once", () => {
  const { renames: all } = planRenames(
    [mentioned("b"), living("c", "b"), { ...mentioned("b"), renamedFrom: ["a"] }],
    [],
  );

  expect([...all.keys()].filter((key) => [...all.values()].includes(key))).toEqual([]);
});
