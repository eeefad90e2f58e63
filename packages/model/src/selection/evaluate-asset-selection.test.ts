import { describe, expect, test } from "vitest";
import { createAssetGraph, type AssetGraph, type SelectableAsset } from "./asset-graph.ts";
import { evaluateAssetSelection, type EvaluateOptions } from "./evaluate-asset-selection.ts";
import { parseLenientAssetSelection } from "./lenient-asset-selection.ts";
import { parseAssetSelection } from "./parse-asset-selection.ts";

function asset(
  key: string,
  deps: readonly string[] = [],
  more: Partial<SelectableAsset> = {},
): SelectableAsset {
  return {
    key,
    deps,
    group: "default",
    tags: {},
    kinds: [],
    owners: [],
    codeLocation: "main",
    isMaterializable: true,
    ...more,
  };
}
/** source (external) -> raw -> clean -> report, and clean -> extra; report depends on its own earlier partition. */
const graph = createAssetGraph([
  asset("source", [], { isMaterializable: false, group: "outside" }),
  asset("raw", ["source", "not_here"], { tags: { tier: "gold", pii: "" }, kinds: ["s3"] }),
  asset("clean", ["raw"], { group: "marketing/email", owners: ["team:data"] }),
  asset("report", ["clean", "report"]),
  asset("extra", ["clean"]),
]);
function select(text: string, options: EvaluateOptions = {}, on: AssetGraph = graph): string[] {
  return [...evaluateAssetSelection(parseAssetSelection(text), on, options)].sort();
}

describe("attributes", () => {
  test.each([
    ["*", ["clean", "extra", "raw", "report", "source"]],
    ["key:*r*", ["extra", "raw", "report", "source"]],
    ["key:nope", []],
    ['group:"marketing*"', ["clean"]],
    ["tag:tier", []],
    ["tag:pii", ["raw"]],
    ["tag:tier=gold", ["raw"]],
    ["tag:toString", []],
    ["tag:tier=<null>", []],
    ["not tag:tier=<null> and key:raw", ["raw"]],
    ["column_tag:pii=<null>", []],
    ["kind:<null> and not is:external", ["clean", "extra", "report"]],
    ['owner:"team:data"', ["clean"]],
    ["code_location:main and is:external", ["source"]],
  ])("%s", (text, expected) => expect(select(text)).toEqual(expected));

  test("without external assets they are only found by key, location, is: and traversal", () => {
    const selectOwn = (text: string): string[] => select(text, { includeExternal: false });
    expect(selectOwn("* or group:outside")).toEqual(["clean", "extra", "raw", "report"]);
    expect(selectOwn("not key:raw")).toEqual(["clean", "extra", "report"]);
    expect(selectOwn("key:source")).toEqual(["source"]);
  });

  test("live attributes are asked of whoever knows them", () => {
    expect(() => select("status:healthy")).toThrow("can not be used here");
    const liveValues = (attribute: string, key: string): string[] => [`${attribute}_${key}`];
    expect(select("status:status_raw", { liveValues })).toEqual(["raw"]);
  });
});

describe("traversal", () => {
  test.each([
    ["+key:clean", ["clean", "raw"]],
    ["1+key:report", ["clean", "report"]],
    ["key:raw+1", ["clean", "raw"]],
    ["key:source+", ["clean", "extra", "raw", "report", "source"]],
    ["sinks(*)", ["extra", "report"]],
    ["roots(*)", ["source"]],
    ["sinks(key:raw or key:report)", ["report"]],
    ["roots(key:raw or key:report)", ["raw"]],
  ])("%s", (text, expected) => expect(select(text)).toEqual(expected));
});

describe("old-style clauses", () => {
  const selectLenient = (text: string): string[] =>
    [...evaluateAssetSelection(parseLenientAssetSelection(text, graph), graph)].sort();

  test.each([
    ["clean", ["clean"]],
    ["++report", ["clean", "raw", "report"]],
    ["raw*", ["clean", "extra", "raw", "report"]],
    ["tag:tier=gold", ["raw"]],
    ["key:clean", ["clean"]],
  ])("%s", (text, expected) => expect(selectLenient(text)).toEqual(expected));

  test("an unknown asset and text that is neither are refused", () => {
    expect(() => selectLenient("nope")).toThrow('no asset "nope"');
    expect(() => selectLenient("clean+1")).toThrow("A value needs its attribute");
  });
});

test("10,000 assets in a chain are selected through every kind of term", () => {
  const chain = createAssetGraph(
    Array.from({ length: 10_000 }, (_, i) => asset(`a${i}`, i === 0 ? [] : [`a${i - 1}`])),
  );
  expect(select("sinks(+key:a9999+ or not key:a5) and not roots(*)", {}, chain)).toEqual(["a9999"]);
});
