import { expect, test } from "vitest";
import { eager } from "@millrace/model/automation/build-condition";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { tickOnce } from "../daemons/tick-once.ts";
import { listRuns } from "../runs/list-runs.ts";
import { createTestContext } from "../testing/test-context.ts";
import { LAUNCH_CONTEXT, serveLocation, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";
import { createAutomationDaemon } from "./automation-daemon.ts";
import { findExplanation } from "./find-explanation.ts";

const { db, ask: askApi, askFor } = await startUserApi();
const REPORT = { asset: "report", check: null };
const daemon = createAutomationDaemon(0);

const EXPLAIN = `query ($key: String!) { explainAutomation(assetKey: $key) {
  evaluations looksAt until latest { requestedCount runIds problem tree } } }`;

async function tick(): Promise<void> {
  const report = await tickOnce(
    { daemon, deploymentId: TEST_DEPLOYMENT },
    createTestContext(db, LAUNCH_CONTEXT),
    "r",
  );
  expect(report.error).toBeNull();
}

test("a condition says what it waits for, and what each part of it saw when it asked", async () => {
  const condition = JSON.stringify(eager());
  const report = {
    key: "report",
    executable: true,
    stepKey: "report",
    dependencies: [{ key: "orders" }],
    automationCondition: condition,
  };
  await serveLocation(db, "shop", {
    assets: [{ key: "orders", executable: false }, report],
    jobs: [
      { name: ASSET_JOB, implicit: true, assetKeys: ["report"], steps: [{ key: "report", kind: "asset" }] },
    ],
  });
  expect(await askFor(EXPLAIN, { key: "report" })).toMatchObject({ explainAutomation: { evaluations: 0 } });
  // The first round waits for transactions of other tests.
  while ((await findExplanation(db, TEST_DEPLOYMENT, REPORT))?.looksAt == null) await tick();
  expect(await askFor(EXPLAIN, { key: "report" })).toMatchObject({
    explainAutomation: {
      looksAt: ["report", "orders"],
      until: null,
      latest: [{ requestedCount: 0, runIds: [] }],
    },
  });
  const NOW = `query { explainAutomation(assetKey: "report") { problem offWith
    now { isRequested blockers { target event } tree } } }`;
  expect(await askFor(NOW)).toMatchObject({
    explainAutomation: {
      problem: null,
      offWith: null,
      now: {
        isRequested: false,
        blockers: expect.arrayContaining([{ target: "orders", event: "orders is updated" }]),
        tree: { name: "eager", holds: false },
      },
    },
  });

  const reported = await askFor(
    `mutation { reportAssetEvent(input: { kind: MATERIALIZATION, assetKey: "orders" }) { __typename } }`,
  );
  expect(reported).toMatchObject({ reportAssetEvent: { __typename: "ReportedAssetEvent" } });
  await tick();
  const { nodes } = await listRuns(db, TEST_DEPLOYMENT, {}, null, 10);
  expect(await askFor(EXPLAIN, { key: "report" })).toMatchObject({
    explainAutomation: {
      looksAt: null,
      latest: [
        {
          requestedCount: 1,
          runIds: nodes.map(({ id }) => id),
          problem: null,
          tree: { name: "eager", target: "report", candidates: 1, count: 1 },
        },
      ],
    },
  });
  expect(await askFor(EXPLAIN, { key: "orders" })).toEqual({ explainAutomation: null });
});

test("a condition that this version can't read says so, and a partition that is not there too", async () => {
  const partitions = { json: JSON.stringify({ type: "static", keys: ["de", "at"] }) };
  const made = { executable: true, dependencies: [] };
  await serveLocation(db, "newer", {
    assets: [
      { ...made, key: "future", stepKey: "future", automationCondition: '{"op":"on_full_moon"}' },
      {
        ...made,
        key: "countries",
        stepKey: "countries",
        partitions,
        automationCondition: '{"op":"missing"}',
      },
    ],
  });
  const ask = `query ($key: String!, $partition: String) { explainAutomation(assetKey: $key) { problem
    now(partitionKey: $partition) { isRequested } } }`;
  expect(await askFor(ask, { key: "future" })).toMatchObject({
    explainAutomation: { problem: expect.stringContaining("on_full_moon"), now: null },
  });
  expect(await askFor(ask, { key: "countries", partition: "at" })).toEqual({
    explainAutomation: { problem: null, now: { isRequested: true } },
  });
  const night = { name: "night", assetKeys: [], steps: [], automationCondition: '{"op":"on_new_moon"}' };
  await serveLocation(db, "jobs only", { jobs: [night] });
  expect(await askFor(`{ automation { jobProblems } }`)).toEqual({
    automation: { jobProblems: [expect.stringMatching(/^Job night of jobs only: .*on_new_moon/)] },
  });
  const refused = await askApi(ask, { key: "countries", partition: "fr" });
  expect(JSON.stringify(refused.errors)).toContain('countries has no partition \\"fr\\"');
});
