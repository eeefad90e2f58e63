import { sql } from "kysely";
import { parseReportedEvent } from "@millrace/model/reported-event";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { expect, test } from "vitest";
import { tickOnce } from "../daemons/tick-once.ts";
import { createTestContext } from "../testing/test-context.ts";
import { dequeueRuns } from "../run-queue/dequeue-runs.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { launchDueRetries } from "../runs/retries/retry-daemon.ts";
import {
  LAUNCH_CONTEXT,
  launchAndDequeue,
  lifeEvent,
  serveLocation,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
  TEST_WORKER,
} from "../testing/test-runs.ts";
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
    '{ asset(key: "old") { freshnessPolicy freshness { nextChangeAt } freshnessChanges { previousState state changedAt } } }',
  );
  const { rows: known } = await sql<{ at: Date }>`select changed_at as at from asset_freshness`.execute(db);
  expect(changes).toEqual({
    asset: {
      freshnessPolicy: { type: "time_window", failSeconds: 120, warnSeconds: 60 },
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

test("a failure is a warning for as long as a retry may make up for it: of partitions, for all that failed", async () => {
  const days = JSON.stringify({ type: "static", keys: ["mon", "tue", "wed"] });
  const asset = (key: string) => ({ key, executable: true, stepKey: key });
  await serveLocation(db, "mill", {
    assets: [asset("flour"), { ...asset("loaves"), partitions: { json: days } }],
    jobs: [{ name: ASSET_JOB, implicit: true, assetKeys: ["flour", "loaves"] }],
  });
  const setRetries = (most: number) =>
    sql`update deployment set settings = ${JSON.stringify({ max_run_retries: most, run_retry_delay_seconds: 0, run_retry_strategy: "all_steps" })}::jsonb`.execute(
      db,
    );
  const fail = async (runId: string) => {
    await startAttempt(db, { ...TEST_WORKER, runId });
    const end = {
      type: "RUN_FAILURE",
      reason: "STEP_FAILURE",
      error: null,
      message: "",
      timestamp: Date.now(),
    };
    await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events: [lifeEvent("RUN_START"), end] });
  };
  const failNew = async (assetKey: string, partitionKey: string | null = null) =>
    fail((await launchAndDequeue(db, { jobName: null, assetSelection: [assetKey], partitionKey })).id);
  const failRetries = async () => {
    await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
    const rows = await db.selectFrom("run").select("id").where("status", "=", "STARTING").execute();
    for (const { id } of rows) await fail(id);
  };
  const look = async () => {
    const health = "health { materialization }";
    const answer = await askFor(
      `{ flour: asset(key: "flour") { ${health} } loaves: asset(key: "loaves") { ${health} } }`,
    );
    return Object.values(
      answer as Record<string, { readonly health: { readonly materialization: string } }>,
    ).map((each) => each.health.materialization);
  };

  await setRetries(1);
  await failNew("flour");
  await failNew("loaves", "mon");
  await failNew("loaves", "tue");
  expect(await look()).toEqual(["WARNING", "WARNING"]);
  await launchDueRetries(db, TEST_DEPLOYMENT, LAUNCH_CONTEXT);
  expect(await look()).toEqual(["WARNING", "WARNING"]);
  await setRetries(0);
  await failNew("loaves", "wed");
  expect(await look()).toEqual(["WARNING", "DEGRADED"]);
  await failRetries();
  expect(await look()).toEqual(["DEGRADED", "DEGRADED"]);
});

test("a check whose step raised is failed until it is evaluated", async () => {
  const checks = ["whole", "fresh"].map((name) => ({ assetKey: "bread", name, stepKey: "bread_checks" }));
  await serveLocation(db, "bakery", {
    assets: [{ key: "bread", executable: true, stepKey: "bread" }],
    checks,
    jobs: [{ name: ASSET_JOB, implicit: true, assetKeys: ["bread"] }],
  });
  const said = { stepKey: "bread_checks", metadata: {}, message: "", timestamp: Date.now() };
  const evaluate = (checkName: string) => ({
    ...said,
    type: "ASSET_CHECK_EVALUATION",
    assetKey: "bread",
    checkName,
    passed: true,
    severity: "ERROR",
    blocking: false,
    partition: null,
  });
  const failure = {
    ...said,
    type: "STEP_FAILURE",
    error: { name: "Error", message: "", stack: null, cause: null },
  };
  const run = async (...events: object[]) => {
    const { id: runId } = await launchAndDequeue(db, { jobName: null, assetSelection: ["bread"] });
    await startAttempt(db, { ...TEST_WORKER, runId });
    await appendRunEvents(db, {
      runId,
      attempt: 1,
      firstSequence: 0,
      events: [lifeEvent("RUN_START"), ...events],
    });
    return runId;
  };
  const look = async () => {
    const answer = (await askFor(
      '{ asset(key: "bread") { health { checks } checks { name failure { runId } } } assetGraph { key checks { passed failed } } }',
    )) as {
      readonly asset: { readonly health: { readonly checks: string }; readonly checks: readonly object[] };
      readonly assetGraph: readonly { readonly key: string; readonly checks: object }[];
    };
    const node = answer.assetGraph.find(({ key }) => key === "bread");
    return [answer.asset.health.checks, answer.asset.checks, node?.checks];
  };

  await run(evaluate("whole"), evaluate("fresh"));
  const runId = await run(evaluate("whole"), failure);
  expect(await look()).toEqual([
    "DEGRADED",
    [
      { name: "whole", failure: null },
      { name: "fresh", failure: { runId } },
    ],
    { passed: 1, failed: 1 },
  ]);
  await run(evaluate("fresh"));
  expect(await look()).toEqual([
    "HEALTHY",
    checks.map(({ name }) => ({ name, failure: null })),
    { passed: 2, failed: 0 },
  ]);
});
