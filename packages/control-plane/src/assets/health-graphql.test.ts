import { sql } from "kysely";
import { parseReportedEvent } from "@millrace/model/reported-event";
import { expect, test } from "vitest";
import { tickOnce } from "../daemons/tick-once.ts";
import { createTestContext } from "../testing/test-context.ts";
import { serveLocation, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";
import { reportAssetEvent } from "./report/report-asset-events.ts";
import { createFreshnessDaemon } from "./freshness/freshness-daemon.ts";

const { db, askFor } = await startUserApi();

test("an asset's health is told with its parts, and its freshness as noted", async () => {
  const freshnessPolicy = JSON.stringify({ type: "time_window", failSeconds: 120, warnSeconds: 60 });
  const asset = (key: string) => ({ key, executable: true, stepKey: key });
  await serveLocation(db, "shop", {
    assets: [{ ...asset("never"), freshnessPolicy }, { ...asset("old"), freshnessPolicy }, asset("plain")],
    checks: [{ assetKey: "plain", name: "whole", stepKey: "plain_whole" }],
  });
  const report = (event: object) =>
    reportAssetEvent(db, { deploymentId: TEST_DEPLOYMENT, name: "tester" }, parseReportedEvent(event), null);
  for (const assetKey of ["old", "plain"]) await report({ kind: "materialization", assetKey });
  await report({ kind: "check", assetKey: "plain", checkName: "whole", passed: false, severity: "ERROR" });
  await sql`update asset set last_materialized_at = now() - interval '70 seconds' where key = 'old'`.execute(
    db,
  );
  const duty = { daemon: createFreshnessDaemon(), deploymentId: TEST_DEPLOYMENT };
  await tickOnce(duty, createTestContext(db), "replica");

  const { assets } = await askFor(
    "{ assets { nodes { key freshness { state } health { status materialization checks freshness } } } }",
  );

  const changes = await askFor(
    '{ asset(key: "old") { freshness { nextChangeAt } freshnessChanges { previousState state changedAt } } }',
  );
  const { rows: known } = await sql<{ at: Date }>`select changed_at as at from asset_freshness`.execute(db);
  expect(changes).toEqual({
    asset: {
      freshness: { nextChangeAt: expect.any(String) as string },
      freshnessChanges: [{ previousState: "UNKNOWN", state: "WARN", changedAt: known[0]?.at.toISOString() }],
    },
  });

  const health = (status: string, materialization: string, checks: string, freshness: string) => ({
    status,
    materialization,
    checks,
    freshness,
  });
  expect(assets).toEqual({
    nodes: [
      { key: "never", freshness: null, health: health("UNKNOWN", "UNKNOWN", "NOT_APPLICABLE", "UNKNOWN") },
      {
        key: "old",
        freshness: { state: "WARN" },
        health: health("WARNING", "HEALTHY", "NOT_APPLICABLE", "WARNING"),
      },
      {
        key: "plain",
        freshness: null,
        health: health("DEGRADED", "HEALTHY", "DEGRADED", "NOT_APPLICABLE"),
      },
    ],
  });
});
