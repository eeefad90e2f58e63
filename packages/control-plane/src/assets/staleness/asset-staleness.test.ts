import { describe, expect, test } from "vitest";
import { combineDataVersions } from "@millrace/model/data-versions/compute-data-version";
import type { RunEvent } from "@millrace/model/run-event";
import type { Staleness } from "@millrace/model/data-versions/staleness";
import { createTestDatabase } from "../../testing/test-database.ts";
import { appendRunEvents } from "../../runs/fold/append-run-events.ts";
import { startAttempt } from "../../runs/attempts/attempt-store.ts";
import {
  launchAndDequeue,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../../testing/test-runs.ts";
import { listStaleness } from "./asset-staleness.ts";
import { listAssetStates } from "../list-asset-states.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);
const now = Date.UTC(2024, 0, 4, 12);

interface AssetInit {
  readonly key: string;
  readonly codeVersion?: string;
  readonly executable?: boolean;
  readonly observable?: boolean;
  readonly virtual?: boolean;
  readonly partitions?: { readonly json: string };
  /** A key with a slash is one of another location. */
  readonly dependencies?: readonly {
    readonly key: string;
    readonly partitions?: { readonly json: string };
    readonly partitionMapping?: string;
  }[];
}

/** A location of its own for each test; served again, it has changed. */
let locations = 0;
function createWorld(): {
  readonly key: (name: string) => string;
  readonly serve: (...assets: AssetInit[]) => Promise<void>;
} {
  const name = `world${locations++}`;
  const key = (asset: string): string => `${name}/${asset}`;
  return {
    key,
    async serve(...assets) {
      await db
        .updateTable("code_location")
        .set({ removed_at: new Date() })
        .where("name", "=", name)
        .where("removed_at", "is", null)
        .execute();
      const named = assets.map((asset) => ({
        group: "g",
        executable: true,
        stepKey: asset.key,
        ...asset,
        key: asset.key.includes("/") ? asset.key : key(asset.key),
        dependencies: (asset.dependencies ?? []).map((dependency) => ({
          ...dependency,
          key: dependency.key.includes("/") ? dependency.key : key(dependency.key),
        })),
      }));
      const jobs = [{ name: "__ASSET_JOB", implicit: true, assetKeys: named.map((asset) => asset.key) }];
      await serveLocation(db, name, { assets: named, jobs });
    },
  };
}

let clock = 0;
const materialized = (
  assetKey: string,
  dataVersion: string | null,
  codeVersion: string | null = "1",
  inputDataVersions: Readonly<Record<string, string>> = {},
  partition: string | null = null,
): RunEvent => ({
  type: "ASSET_MATERIALIZATION",
  assetKey,
  stepKey: assetKey,
  partition,
  message: "",
  metadata: { rows: { type: "int", value: 7 } },
  tags: codeVersion === null ? {} : { "millrace/code_version": codeVersion },
  dataVersion,
  timestamp: ++clock,
  ...(codeVersion === null ? {} : { provenance: { codeVersion, inputDataVersions, isUserProvided: false } }),
});
const observed = (assetKey: string, dataVersion: string | null): RunEvent => {
  const { provenance: _, ...event } = materialized(assetKey, dataVersion) as RunEvent & {
    type: "ASSET_MATERIALIZATION";
  };
  return { ...event, type: "ASSET_OBSERVATION" };
};

/** What a run says. Which one it is does not matter for the states of assets. */
async function say(...events: RunEvent[]): Promise<string> {
  const { id: runId } = await launchAndDequeue(db);
  await startAttempt(db, { runId, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
  await appendRunEvents(db, {
    runId,
    attempt: 1,
    firstSequence: 0,
    events: [lifeEvent("RUN_START"), ...events, lifeEvent("RUN_SUCCESS")],
  });
  return runId;
}

async function statusOf(assetKey: string, partition: string | null = null): Promise<string | undefined> {
  const [found] = await listStaleness(db, TEST_DEPLOYMENT, [{ assetKey, partition }], now);
  return found ? describeStaleness(found) : undefined;
}

function describeStaleness({ status, causes }: Staleness): string {
  return [status, ...new Set(causes.map(({ category, change }) => change ?? category))].join(" ");
}

describe("staleness of what is served", () => {
  test("follows the code, the data and the dependencies", async () => {
    const { key, serve } = createWorld();
    const [a, b] = [key("a"), key("b")];
    await serve({ key: "a", codeVersion: "1" }, { key: "b", codeVersion: "1", dependencies: [{ key: "a" }] });
    expect([await statusOf(a), await statusOf(b)]).toEqual(["missing", "missing"]);

    await say(materialized(a, "v1"), materialized(b, "w1", "1", { [a]: "v1" }));
    expect([await statusOf(a), await statusOf(b), await statusOf(b, "none")]).toEqual([
      "fresh",
      "fresh",
      "fresh",
    ]);

    await serve({ key: "a", codeVersion: "2" }, { key: "b", codeVersion: "1", dependencies: [{ key: "a" }] });
    expect([await statusOf(a), await statusOf(b)]).toEqual(["stale code", "fresh"]);

    await say(materialized(a, "v2", "2"));
    expect([await statusOf(a), await statusOf(b)]).toEqual(["fresh", "stale data"]);

    await serve({ key: "a", codeVersion: "2" }, { key: "b", codeVersion: "1" });
    expect(await statusOf(b)).toBe("stale removed");
    expect(await statusOf(key("stranger"))).toBeUndefined();
  });

  test("does not depend on old events", async () => {
    const { key, serve } = createWorld();
    const [a, b] = [key("a"), key("b")];
    await serve({ key: "a", codeVersion: "1" }, { key: "b", codeVersion: "1", dependencies: [{ key: "a" }] });
    await say(materialized(a, "v1"), materialized(b, "w1", "1", { [a]: "v0" }));
    await db.deleteFrom("asset_event").execute();
    await db.deleteFrom("run_event").execute();

    expect([await statusOf(a), await statusOf(b)]).toEqual(["fresh", "stale data"]);
  });

  test("takes an external asset by what was observed of it last, where that had a version", async () => {
    const { key, serve } = createWorld();
    const [source, b] = [key("source"), key("b")];
    await serve(
      { key: "source", observable: true },
      { key: "b", codeVersion: "1", dependencies: [{ key: "source" }] },
    );
    await say(observed(source, "v1"), materialized(b, "w1", "1", { [source]: "v1" }));
    await say(observed(source, null));
    expect([await statusOf(source), await statusOf(b)]).toEqual(["fresh", "fresh"]);

    await say(observed(source, "v2"));
    expect(await statusOf(b)).toBe("stale data");
  });

  test("compares each partition with those that it is made from", async () => {
    const { key, serve } = createWorld();
    const [days, sums, report] = [key("days"), key("sums"), key("report")];
    const partitions = { json: JSON.stringify({ type: "daily", start: "2024-01-01" }) };
    await serve(
      { key: "days", codeVersion: "1", partitions },
      { key: "sums", codeVersion: "1", partitions, dependencies: [{ key: "days" }] },
      { key: "report", codeVersion: "1", dependencies: [{ key: "days" }] },
    );
    const made = { [days]: combineDataVersions(["v1"]) };
    await say(
      materialized(days, "v1", "1", {}, "2024-01-01"),
      materialized(days, "v2", "1", {}, "2024-01-02"),
      materialized(sums, "s1", "1", made, "2024-01-01"),
      materialized(sums, "s2", "1", made, "2024-01-02"),
      materialized(report, "r", "1", { [days]: combineDataVersions(["v1", "v2"]) }),
    );

    expect([
      await statusOf(sums, "2024-01-01"),
      await statusOf(sums, "2024-01-02"),
      await statusOf(sums, "2024-01-03"),
      await statusOf(sums),
      await statusOf(report),
    ]).toEqual(["fresh", "stale data", "missing", "fresh", "fresh"]);

    await say(materialized(days, "v3", "1", {}, "2024-01-03"));
    expect(await statusOf(report)).toBe("stale data");
  });

  test("takes an asset of another location as its own location knows it", async () => {
    const [other, own] = [createWorld(), createWorld()];
    const days = other.key("days");
    const [whole, sums] = [own.key("whole"), own.key("sums")];
    const partitions = { json: JSON.stringify({ type: "daily", start: "2024-01-01" }) };
    await other.serve({ key: "days", codeVersion: "1", partitions });
    await own.serve(
      { key: "whole", codeVersion: "1", dependencies: [{ key: days }] },
      { key: "sums", codeVersion: "1", partitions, dependencies: [{ key: days, partitions }] },
    );
    await say(
      materialized(days, "v1", "1", {}, "2024-01-01"),
      materialized(whole, "w", "1", { [days]: "v1" }),
      materialized(sums, "s", "1", { [days]: combineDataVersions(["v1"]) }, "2024-01-01"),
    );
    expect([await statusOf(whole), await statusOf(sums, "2024-01-01")]).toEqual(["fresh", "fresh"]);

    await say(materialized(days, "v2", "1", {}, "2024-01-02"));
    expect([await statusOf(whole), await statusOf(sums, "2024-01-01")]).toEqual(["stale data", "fresh"]);
  });

  test("looks through virtual assets, with partitions mapped along the way", async () => {
    const { key, serve } = createWorld();
    const [days, view, sums, report] = [key("days"), key("view"), key("sums"), key("report")];
    const partitions = { json: JSON.stringify({ type: "daily", start: "2024-01-01" }) };
    const partitionMapping = JSON.stringify({ type: "time_window", startOffset: -1, endOffset: -1 });
    const isView = { executable: false, virtual: true };
    await serve(
      { key: "days", codeVersion: "1", partitions },
      { key: "view", partitions, dependencies: [{ key: "days", partitionMapping }], ...isView },
      { key: "wide", partitions, dependencies: [{ key: "view" }], ...isView },
      { key: "sums", codeVersion: "1", partitions, dependencies: [{ key: "wide" }] },
      { key: "report", codeVersion: "1", dependencies: [{ key: "wide" }] },
    );
    expect(await statusOf(view, "2024-01-02")).toBe("missing");
    await say(
      materialized(days, "v1", "1", {}, "2024-01-01"),
      materialized(days, "v2", "1", {}, "2024-01-02"),
      materialized(sums, "s2", "1", { [days]: combineDataVersions(["v1"]) }, "2024-01-02"),
      materialized(sums, "s3", "1", { [days]: combineDataVersions(["v2"]) }, "2024-01-03"),
      materialized(report, "r", "1", { [days]: combineDataVersions(["v1", "v2"]) }),
    );
    expect([
      await statusOf(view, "2024-01-02"),
      await statusOf(sums, "2024-01-02"),
      await statusOf(sums, "2024-01-03"),
      await statusOf(report),
    ]).toEqual(["fresh", "fresh", "fresh", "fresh"]);

    await say(materialized(days, "v9", "1", {}, "2024-01-01"));
    expect([
      await statusOf(sums, "2024-01-02"),
      await statusOf(sums, "2024-01-03"),
      await statusOf(report),
    ]).toEqual(["stale data", "fresh", "stale data"]);
    const places = [{ assetKey: sums, partition: "2024-01-02" }];
    const [found] = await listStaleness(db, TEST_DEPLOYMENT, places, now);
    expect(found?.causes).toMatchObject([
      { dependency: days, dependencyPartition: "2024-01-01", through: [key("wide"), view] },
    ]);
  });

  test("looks through a virtual asset of another location, whose runs know it by key only", async () => {
    // Served after the one that uses it, so that its definition is not the first of its key.
    const [own, other] = [createWorld(), createWorld()];
    const [a, view, report] = [other.key("a"), other.key("view"), own.key("report")];
    const stub = { key: view, executable: false };
    await own.serve({ key: "report", codeVersion: "1", dependencies: [{ key: view }] }, stub);
    await other.serve(
      { key: "a", codeVersion: "1" },
      { key: "view", executable: false, virtual: true, dependencies: [{ key: "a" }] },
    );
    await say(materialized(a, "v1"), materialized(report, "r", "1", { [view]: "INITIAL" }));
    expect(await statusOf(report)).toBe("fresh");

    await say(materialized(a, "v2"));
    expect(await statusOf(report)).toBe("stale data");
  });

  test("of what was stored before there was provenance follows from what was made last", async () => {
    const { key, serve } = createWorld();
    const [a, b] = [key("a"), key("b")];
    await serve({ key: "a" }, { key: "b", dependencies: [{ key: "a" }] });
    await say(materialized(a, null, null), materialized(b, null, null));
    expect([await statusOf(a), await statusOf(b)]).toEqual(["fresh", "fresh"]);

    await say(materialized(a, null, null));
    expect(await statusOf(b)).toBe("stale data");
  });

  test("is worked out for ten thousand assets in one go", async () => {
    const { key, serve } = createWorld();
    const names = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
    const keys = names.map(key);
    await serve(
      ...names.map((name, index) => ({
        key: name,
        codeVersion: "1",
        dependencies: index < 3 ? [] : [1, 2, 3].map((back) => ({ key: names[index - back] ?? "" })),
      })),
    );
    const events = keys.map((assetKey, index) => {
      const deps = index < 3 ? [] : keys.slice(index - 3, index);
      return materialized(assetKey, `v${index}`, "1", Object.fromEntries(deps.map((dep) => [dep, "old"])));
    });
    await say(...events);

    const places = keys.map((assetKey) => ({ assetKey, partition: null }));
    const found = await listStaleness(db, TEST_DEPLOYMENT, places, now);

    expect(found.filter((each) => each?.status === "stale")).toHaveLength(9_997);
  }, 30_000);
});

describe("what a run is told", () => {
  test("is the last materialization and observation of assets and of partitions", async () => {
    const { key, serve } = createWorld();
    const [a, source] = [key("a"), key("source")];
    const partitions = { json: JSON.stringify({ type: "static", keys: ["x", "y"] }) };
    await serve({ key: "a", codeVersion: "1", partitions }, { key: "source", executable: false });
    const runId = await say(
      materialized(a, "v1", "1", { [source]: "INITIAL" }, "x"),
      materialized(a, "v2", "1", { [source]: "INITIAL" }, "y"),
      observed(source, "s1"),
      observed(source, null),
    );

    const states = await listAssetStates(db, TEST_DEPLOYMENT, [
      { assetKey: a, partition: "x" },
      { assetKey: key("nothing"), partition: null },
      { assetKey: source, partition: null },
      { assetKey: a, partition: null },
    ]);

    expect(states).toMatchObject([
      {
        dataVersion: "v1",
        materialization: {
          runId,
          partition: "x",
          metadata: { rows: { type: "int", value: 7 } },
          dataVersion: "v1",
          codeVersion: "1",
          provenance: { codeVersion: "1", inputDataVersions: { [source]: "INITIAL" }, isUserProvided: false },
        },
        observation: null,
      },
      { dataVersion: null, materialization: null, observation: null },
      { dataVersion: "s1", materialization: null, observation: { dataVersion: "s1", provenance: null } },
      { dataVersion: "v2", materialization: { partition: "y" } },
    ]);
  });
});
