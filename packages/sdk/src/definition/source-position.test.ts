import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";
import { afterAll, expect, test } from "vitest";
import * as sdk from "../index.ts";
import { collectDefinitions } from "../definitions/definitions.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import { formatSourcePosition } from "./source-position.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-positions-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A module as a bundler leaves it; its map says that everything comes from line 7 of `shop/assets.ts`. */
const BUNDLE = `
export const define = ({ asset, daily, definitions, graph, graphAsset, job, multiAssetCheck, op, schedule }) => {
  const noop = op("noop", () => 1);
  const both = graph("both", () => noop());
  const days = daily({ start: "2026-01-01" });
  const orders = asset("orders", { partitions: days }, () => 1);
  const totals = graphAsset("totals", {}, () => both());
  const checks = multiAssetCheck("checks", { checks: { one: { asset: orders } } }, () => ({ one: true }));
  const ops = job("ops", () => { both(); });
  const assets = job("assets", { selection: ["orders"], partitions: days });
  return { defs: definitions({ assets: [orders, totals], checks: [checks], jobs: [ops, assets], schedules: [schedule("nightly", { job: assets })] }) };
};
`;
const MAP = {
  version: 3,
  names: [],
  sources: ["shop/assets.ts"],
  mappings: `${";".repeat(2)}AAMA${";AAAA".repeat(12)}`,
};

type Define = (definers: typeof sdk) => Readonly<Record<string, unknown>>;

test("definitions that are right are loaded without a look at source maps; a message that names a place reads one", async () => {
  const file = join(folder, "bundle.mjs");
  writeFileSync(file, BUNDLE);
  const { define } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    readonly define: Define;
  };

  const { jobs } = resolveDefinitions(collectDefinitions(define(sdk)));
  // A map that is there only now is found only by who looks for the first time.
  writeFileSync(`${file}.map`, JSON.stringify(MAP));

  expect(formatSourcePosition(jobs.get("ops")?.source ?? null)).toBe(`${join(folder, "shop/assets.ts")}:7`);
});

test("what an installed package defines stands where the author's code called the package", () => {
  const filename = join(folder, "node_modules", "millrace-tables", "index.js");
  const makeOrders = runInThisContext("(asset) => asset('orders', () => 1)", { filename }) as (
    asset: (typeof sdk)["asset"],
  ) => sdk.Asset;

  const { source } = makeOrders(sdk.asset);

  expect(source?.file).toContain("source-position.test.ts");
});

test("what a function defines on behalf of its caller stands where that was called", () => {
  function twice(name: string): readonly sdk.Asset[] {
    return sdk.definedByCaller(twice, () => [sdk.asset(name, () => 1), sdk.asset(`${name}_2`, () => 1)]);
  }
  const outer = (name: string): readonly sdk.Asset[] => sdk.definedByCaller(outer, () => twice(name));

  const here = sdk.asset("here", () => 1);
  const direct = twice("a");
  const nested = outer("b");
  const after = sdk.asset("after", () => 1);

  const lines = [here, ...direct, ...nested, after].map(({ source }) => source?.line ?? 0);
  const first = lines[0] ?? 0;
  expect(lines.map((line) => line - first)).toEqual([0, 1, 1, 2, 2, 3]);
});
