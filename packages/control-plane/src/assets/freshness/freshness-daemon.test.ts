import { expect, test } from "vitest";
import type { FreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import { parseReportedEvent } from "@millrace/model/reported-event";
import { tickOnce } from "../../daemons/tick-once.ts";
import { createTestContext } from "../../testing/test-context.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { serveLocation, TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { watchQueries } from "../../testing/watch-queries.ts";
import { wipeAsset } from "../removal/wipe-asset.ts";
import { reportAssetEvent } from "../report/report-asset-events.ts";
import { createFreshnessDaemon } from "./freshness-daemon.ts";
import { findFreshness } from "./freshness-store.ts";

const { db, advance, getTime } = await createSimulatedDatabase();
const freshness = createFreshnessDaemon();

const MINUTES: FreshnessPolicy = { type: "time_window", failSeconds: 120, warnSeconds: 60 };

async function serve(policies: Readonly<Record<string, FreshnessPolicy | null>>): Promise<void> {
  const assets = Object.entries(policies).map(([key, policy]) => ({
    key,
    executable: true,
    stepKey: key,
    ...(policy === null ? {} : { freshnessPolicy: JSON.stringify(policy) }),
  }));
  await serveLocation(db, "shop", { assets });
}

async function materialize(key: string): Promise<number> {
  const event = parseReportedEvent({ kind: "materialization", assetKey: key });
  await reportAssetEvent(db, { deploymentId: TEST_DEPLOYMENT, name: "tester" }, event, null);
  return getTime();
}

async function tick(): Promise<void> {
  const duty = { daemon: freshness, deploymentId: TEST_DEPLOYMENT };
  expect(await tickOnce(duty, createTestContext(db), "replica")).toMatchObject({ error: null });
}

async function listChanges(key: string): Promise<[previous: string, state: string, at: number][]> {
  const rows = await db
    .selectFrom("asset_freshness_change as c")
    .innerJoin("asset as a", "a.id", "c.asset_id")
    .select(["c.previous_state", "c.state", "c.changed_at"])
    .where("a.key", "=", key)
    .orderBy("c.id")
    .execute();
  return rows.map((row) => [row.previous_state, row.state, row.changed_at.getTime()]);
}

const stateOf = async (key: string) =>
  (await findFreshness(db, TEST_DEPLOYMENT, [key])).get(key)?.state ?? null;

test("the freshness of an asset changes when its deadlines pass, once each, and when it is materialized", async () => {
  await serve({ orders: MINUTES, plain: null });
  await tick();
  expect(await stateOf("orders")).toBeNull();
  const made = await materialize("orders");
  await materialize("plain");
  await tick();
  await tick();
  expect(await stateOf("orders")).toBe("PASS");
  expect(await stateOf("plain")).toBeNull();

  await advance(59);
  await tick();
  expect(await stateOf("orders")).toBe("PASS");
  await advance(62);
  await tick();
  expect(await stateOf("orders")).toBe("FAIL");
  const again = await materialize("orders");
  await tick();

  expect(await stateOf("orders")).toBe("PASS");
  expect(await listChanges("orders")).toEqual([
    ["UNKNOWN", "PASS", expect.closeTo(made, -2)],
    ["PASS", "WARN", expect.closeTo(made + 60_000, -2)],
    ["WARN", "FAIL", expect.closeTo(made + 120_000, -2)],
    ["FAIL", "PASS", expect.closeTo(again, -2)],
  ]);
});

test("another policy is judged at once, and one that is gone is forgotten", async () => {
  await serve({ visits: { type: "time_window", failSeconds: 3_600 } });
  await materialize("visits");
  await tick();
  await advance(90);
  await tick();
  expect(await stateOf("visits")).toBe("PASS");

  await serve({ visits: MINUTES });
  await tick();
  expect(await stateOf("visits")).toBe("WARN");
  expect((await listChanges("visits")).map(([, state]) => state)).toEqual(["PASS", "WARN"]);

  await serve({ visits: null });
  await tick();
  expect(await stateOf("visits")).toBeNull();
});

test("a wiped asset has no freshness until it is made again", async () => {
  await serve({ stock: MINUTES });
  await materialize("stock");
  await tick();
  await wipeAsset(db, TEST_DEPLOYMENT, "stock", null);
  await tick();
  expect(await stateOf("stock")).toBeNull();
  await materialize("stock");
  await tick();
  expect(await stateOf("stock")).toBe("PASS");
});

test("where nothing has a policy, no replica takes the place for it: each event of an asset would write", async () => {
  await db.deleteFrom("asset_freshness").execute();
  await db.deleteFrom("daemon_lease").execute();
  await serve({ orders: null });
  await materialize("orders");

  await tick();

  expect(await db.selectFrom("daemon_lease").select("daemon").execute()).toEqual([]);
});

test("an event of one asset among many costs what changed: neither the policies nor the other assets are read", async () => {
  const keys = Array.from({ length: 2_000 }, (_, index) => `many/${index}`);
  await serve(Object.fromEntries(keys.map((key) => [key, MINUTES])));
  await db
    .insertInto("asset")
    .values(keys.map((key) => ({ deployment_id: TEST_DEPLOYMENT, key })))
    .execute();
  const duty = { daemon: freshness, deploymentId: TEST_DEPLOYMENT };
  const look = async () => {
    const watched = watchQueries(db);
    const report = await tickOnce(duty, createTestContext(watched.db), "replica");
    return { report, parameters: JSON.stringify(watched.queries.map(({ parameters }) => parameters)) };
  };
  // The first looks are at all of them, until the transactions of other tests have ended that were under way.
  while ((await look()).parameters.includes("many/8"));
  await materialize("many/7");
  const { report, parameters } = await look();

  expect(report).toMatchObject({ error: null });
  expect(await stateOf("many/7")).toBe("PASS");
  expect(parameters).not.toContain("many/8");
});
