import { expect, test } from "vitest";
import { CONTAINER_TAG, parseContainerSettings, readContainerTag, toBytes } from "./container-settings.ts";
import { listContainerValues, mergeContainerSettings } from "./merge-container-settings.ts";

test("settings are read as they are written", () => {
  const settings = {
    networks: ["warehouse", "bridge"],
    volumes: ["/srv/data:/data:ro", "orders:/orders"],
    memory: "1.5g",
    cpus: 0.5,
    environment: { REGION: "eu" },
    labels: { team: "shop" },
    stopTimeout: 30,
    pull: "always",
  };
  expect(parseContainerSettings(settings, "container")).toEqual(settings);
  expect(toBytes("1.5g")).toBe(1.5 * 1024 ** 3);
});

test.each([
  [{ memroy: "2g" }, /`container\.memroy` is not known; there are networks, volumes, memory/],
  [{ memory: 2048 }, /`container\.memory` must be an amount of memory such as "512m".*not 2048/],
  [{ memory: "0g" }, /`container\.memory`/],
  [{ cpus: 0 }, /`container\.cpus` must be a number of cores above 0/],
  [{ volumes: ["data:relative"] }, /`container\.volumes\[0\]` must be SOURCE:TARGET/],
  [{ volumes: ["../up:/data"] }, /`container\.volumes\[0\]`/],
  [{ volumes: ["a1:/data:rwx"] }, /`container\.volumes\[0\]`/],
  [{ networks: ["a b"] }, /`container\.networks\[0\]` is no name/],
  [{ environment: { "A=B": "x" } }, /`container\.environment` has a name/],
  [{ environment: { A: 1 } }, /`container\.environment\.A` must be a text/],
  [{ labels: { "dev.millrace.owner": "me" } }, /dev\.millrace\.owner` is Millrace's own/],
  [{ stopTimeout: -1 }, /`container\.stopTimeout`/],
  [{ pull: "sometimes" }, /"always", "missing" or "never"/],
  ["2g", /`container` must be an object/],
])("%j is refused, naming the setting", (settings, message) => {
  expect(() => parseContainerSettings(settings, "container")).toThrow(message);
});

test("a tag holds them as JSON", () => {
  expect(readContainerTag({ [CONTAINER_TAG]: '{"memory":"2g"}' })).toEqual({ memory: "2g" });
  expect(readContainerTag({})).toEqual({});
  expect(() => readContainerTag({ [CONTAINER_TAG]: "memory: 2g" })).toThrow(
    /`millrace\/container` must be JSON/,
  );
});

test("the more particular layer has the last word, value by value", () => {
  const deployment = {
    networks: ["internal"],
    memory: "1g",
    volumes: ["/srv/a:/a", "/srv/b:/b"],
    environment: { REGION: "eu", TIER: "1" },
  };
  const job = {
    networks: ["warehouse"],
    volumes: ["other:/b"],
    environment: { TIER: "2" },
    labels: { team: "shop" },
  };
  expect(mergeContainerSettings([deployment, {}, job, { memory: "4g" }])).toEqual({
    networks: ["warehouse"],
    memory: "4g",
    volumes: ["/srv/a:/a", "other:/b"],
    environment: { REGION: "eu", TIER: "2" },
    labels: { team: "shop" },
  });
});

test("each value says who said it, and whose it replaced", () => {
  const values = listContainerValues([
    { from: "agent", settings: { memory: "1g", cpus: 2 } },
    { from: "deployment", settings: { memory: "2g" } },
    { from: "location", settings: { memory: "2g", environment: { REGION: "eu" } } },
    { from: "run", settings: { memory: "4g" } },
  ]);
  expect(values).toEqual([
    { setting: "cpus", name: null, value: 2, from: "agent", overrides: [] },
    { setting: "environment", name: "REGION", value: "eu", from: "location", overrides: [] },
    { setting: "memory", name: null, value: "4g", from: "run", overrides: ["deployment", "agent"] },
  ]);
});
