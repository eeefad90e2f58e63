import { beforeEach, describe, expect, test } from "vitest";
import { OWNER, type Viewer } from "../../access/viewer.ts";
import { addDynamicPartitions } from "../../partitions/dynamic-partition-store.ts";
import { listAssetStates } from "../list-asset-states.ts";
import { planSensorTick } from "../../sensors/plan-sensor-tick.ts";
import { serveLocation, TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { startUserApi } from "../../testing/test-user-api.ts";

let viewer: Viewer = OWNER;
const { db, url, logged, ask, askFor } = await startUserApi({ level: "info", findViewer: () => viewer });
await db.insertInto("deployment").values({ id: "b", name: "branch" }).execute();
beforeEach(() => {
  viewer = OWNER;
  logged.length = 0;
});

/** A source that is made elsewhere, partitioned and checked elsewhere too, and what is made from it: keys of each test's own. */
let names = 0;
async function serveSource(partitions?: object) {
  const key = `erp${names++}/orders`;
  const json = partitions === undefined ? {} : { partitions: { json: JSON.stringify(partitions) } };
  await serveLocation(db, `erp${names}`, {
    assets: [
      { key, executable: false, ...json },
      { key: `${key}/report`, executable: true, stepKey: "report", dependencies: [{ key }] },
    ],
    checks: [{ assetKey: key, name: "complete", stepKey: "", blocking: true }],
    jobs: [{ name: "__ASSET_JOB", implicit: true, assetKeys: [`${key}/report`] }],
  });
  return key;
}

const REPORT = `mutation ($input: ReportAssetEventInput!) { report: reportAssetEvent(input: $input) { __typename
  ... on ReportedAssetEvent { isNew } ... on InvalidReport { message } ... on UnknownDefinition { code message } } }`;
const SHOW = `query ($key: String!) { asset(key: $key) { state materializationCount partitions { materialized }
  latestMaterialization { runId reportedBy description partitionKey metadata tags dataVersion }
  latestObservation { reportedBy dataVersion } checks { latestEvaluation { passed severity reportedBy message } } } }`;

const report = async (input: object) => (await askFor(REPORT, { input }))["report"];
const show = async (key: string) => (await askFor(SHOW, { key }))["asset"];

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(new URL(path, url), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

describe("a report", () => {
  test("of a materialization counts as what a run makes, and says who told it", async () => {
    const key = await serveSource();
    const details = {
      description: "nightly export",
      dataVersion: "v7",
      tags: [{ key: "from", value: "erp" }],
    };

    const answer = await report({
      kind: "MATERIALIZATION",
      assetKey: key,
      metadata: { rows: 4 },
      ...details,
    });

    expect(answer).toEqual({ __typename: "ReportedAssetEvent", isNew: true });
    expect(await show(key)).toMatchObject({
      state: "materialized",
      materializationCount: 1,
      latestMaterialization: {
        runId: null,
        reportedBy: "owner",
        description: "nightly export",
        metadata: { rows: { type: "int", value: 4 } },
        tags: { from: "erp" },
        dataVersion: "v7",
      },
    });
  });

  test("is told to sensors that watch the asset", async () => {
    const key = await serveSource();
    const watch = { kind: "assets", assets: [key], when: "any" } as const;
    const before = await planSensorTick(db, TEST_DEPLOYMENT, "shop", watch, null, "");

    await report({ kind: "MATERIALIZATION", assetKey: key, dataVersion: "v1" });

    const { events } = await planSensorTick(db, TEST_DEPLOYMENT, "shop", watch, before.eventCursor, "");
    expect(events.materializations).toMatchObject([{ assetKey: key, runId: null, dataVersion: "v1" }]);
  });

  test("without a data version is new data each time; of an external asset the newest word counts", async () => {
    const key = await serveSource();
    const versions: unknown[] = [];
    for (const [kind, dataVersion] of [
      ["MATERIALIZATION", null],
      ["MATERIALIZATION", null],
      ["OBSERVATION", "seen"],
      ["MATERIALIZATION", "made"],
    ]) {
      await report({ kind, assetKey: key, dataVersion });
      const [state] = await listAssetStates(db, TEST_DEPLOYMENT, [{ assetKey: key, partition: null }]);
      versions.push(state?.dataVersion);
    }
    expect(new Set(versions).size).toBe(4);
    expect(versions.slice(2)).toEqual(["seen", "made"]);
  });

  test("of a check is its newest evaluation", async () => {
    const key = await serveSource();

    await report({
      kind: "CHECK",
      assetKey: key,
      checkName: "complete",
      passed: false,
      severity: "WARN",
      description: "3 missing",
    });

    expect(await show(key)).toMatchObject({
      materializationCount: 0,
      checks: [
        { latestEvaluation: { passed: false, severity: "WARN", reportedBy: "owner", message: "3 missing" } },
      ],
    });
  });

  test("of a partition makes that partition; one that is not there is refused", async () => {
    const key = await serveSource({ type: "dynamic", name: "files" });
    await addDynamicPartitions(db, TEST_DEPLOYMENT, "files", ["a.csv"]);

    await report({ kind: "MATERIALIZATION", assetKey: key, partitionKey: "a.csv" });

    expect(await show(key)).toMatchObject({
      partitions: { materialized: 1 },
      latestMaterialization: { partitionKey: "a.csv" },
    });
    expect(await report({ kind: "OBSERVATION", assetKey: key, partitionKey: "b.csv" })).toMatchObject({
      __typename: "UnknownDefinition",
      message: `Asset "${key}" has no partition "b.csv": add it with \`millrace partitions add files KEY\``,
    });
    expect(await report({ kind: "MATERIALIZATION", assetKey: key })).toMatchObject({
      __typename: "UnknownDefinition",
      code: "partition_required",
      message: expect.stringContaining("is partitioned: say with `partitionKey`"),
    });
  });

  test.each([
    [
      { kind: "MATERIALIZATION", assetKey: "nowhere" },
      "UnknownDefinition",
      /No code location defines asset "nowhere"/,
    ],
    [
      { kind: "CHECK", assetKey: "orders", checkName: "fresh", passed: true },
      "UnknownDefinition",
      /has no check "fresh"; there is "not_empty"/,
    ],
    [
      { kind: "MATERIALIZATION", assetKey: "orders", passed: true },
      "InvalidReport",
      /`passed` is no field of a materialization/,
    ],
    [
      { kind: "OBSERVATION", assetKey: "orders", partitionKey: "mon" },
      "UnknownDefinition",
      /it is not partitioned/,
    ],
  ])("%j is refused and changes nothing", async (input, __typename, message) => {
    expect(await report(input)).toMatchObject({ __typename, message: expect.stringMatching(message) });
  });

  test("with the key of an earlier one changes nothing, also when both come at once", async () => {
    const key = await serveSource();
    const input = { kind: "MATERIALIZATION", assetKey: key, idempotencyKey: "export-1" };

    const answers = await Promise.all([report(input), report(input), report(input)]);

    expect(answers.filter((answer) => (answer as { isNew: boolean }).isNew)).toHaveLength(1);
    expect(await show(key)).toMatchObject({ materializationCount: 1 });
  });
});

describe("by curl", () => {
  test("a report is one POST of JSON, to the asset's key in the path", async () => {
    const key = await serveSource();

    const made = await post(`/report/materialization/${key}`, { metadata: { rows: 4 }, idempotencyKey: "k" });
    const again = await post(`/report/materialization/${key}`, {
      metadata: { rows: 4 },
      idempotencyKey: "k",
    });
    const checked = await post(`/report/check/${key}`, { checkName: "complete", passed: true });

    expect([made.status, await made.json()]).toEqual([200, { data: { isNew: true } }]);
    expect(await again.json()).toEqual({ data: { isNew: false } });
    expect(checked.status).toBe(200);
    expect(await show(key)).toMatchObject({
      latestMaterialization: { metadata: { rows: { type: "int", value: 4 } }, reportedBy: "owner" },
      checks: [{ latestEvaluation: { passed: true } }],
    });
    expect(logged.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        audit: expect.objectContaining({
          action: "asset.report",
          kind: "check",
          assetKey: key,
          outcome: "done",
        }),
      }),
    );
  });

  test("what is wrong is said with a status that curl --fail sees", async () => {
    const answers = await Promise.all([
      post("/report/materialization/nowhere", {}),
      post("/report/creation/orders", {}),
      post("/report/materialization/orders", { rows: 4 }),
      post("/d/branch/report/materialization/orders", {}),
      post("/report/materialization/orders", {}, { "sec-fetch-site": "cross-site" }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 403]);
    expect(await answers[2]?.json()).toMatchObject({
      errors: [
        {
          message:
            "`rows` is no field of a materialization; it has assetKey, partitionKey, metadata, description, tags, dataVersion",
        },
      ],
    });
  });

  test("whoever may not report is refused, and that is recorded", async () => {
    viewer = { name: "ann", grants: [{ actions: ["asset.view"], deploymentId: "default" }] };

    const answer = await post("/report/materialization/orders", {});
    const { errors } = await ask(REPORT, { input: { kind: "MATERIALIZATION", assetKey: "orders" } });

    expect(answer.status).toBe(403);
    expect(errors?.[0]?.message).toBe(
      "ann may not report materializations, observations and checks of assets here (asset.report)",
    );
    expect(logged).toHaveLength(2);
  });
});
