import { expect, test } from "vitest";
import { rankPlaces } from "./rank-places.ts";

const places = ["warehouse/orders", "orders", "recorders", "raw_orders", "other"].map((name) => ({
  kind: "Asset",
  name,
  path: `/assets/${name}`,
}));

test("names that begin with the text come first, then words, then parts, then letters in order", () => {
  expect(rankPlaces(places, "ord").map((place) => place.name)).toEqual([
    "orders",
    "raw_orders",
    "warehouse/orders",
    "recorders",
  ]);
  expect(rankPlaces(places, "whord").map((place) => place.name)).toEqual(["warehouse/orders"]);
});

test("nothing typed shows everything", () => {
  expect(rankPlaces(places, "")).toHaveLength(5);
});

test("a pasted run id leads to the run", () => {
  expect(rankPlaces(places, "0198f3c2-7d1a-7000-8000-0123456789ab")[0]?.path).toBe(
    "/runs/0198f3c2-7d1a-7000-8000-0123456789ab",
  );
});
