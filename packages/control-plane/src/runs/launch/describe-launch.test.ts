import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../../testing/test-database.ts";
import { listServingSnapshots } from "../../locations/serving-snapshot.ts";
import { describeLaunch, type LaunchSubject } from "./describe-launch.ts";
import { launchInput, serveLocation, TEST_DEPLOYMENT, launchTestRun } from "../../testing/test-runs.ts";

const config = (field: string) => ({
  type: "object",
  properties: { config: { type: "object", properties: { [field]: { type: "string" } }, required: [field] } },
  required: ["config"],
});
const days = JSON.stringify({ type: "static", keys: ["mon", "tue"] });
const job = {
  name: ASSET_JOB,
  implicit: true,
  assetKeys: ["raw", "clean"],
  steps: [
    { key: "raw.fetch", kind: "op", configuredResources: ["login"] },
    { key: "raw", kind: "asset", upstream: ["raw.fetch"] },
    { key: "clean", kind: "asset", upstream: ["raw"], configuredResources: ["mail"] },
  ],
  configSchema: JSON.stringify({
    type: "object",
    properties: {
      ops: {
        type: "object",
        properties: { "raw.fetch": config("from"), raw: config("folder"), clean: config("mode") },
        required: ["raw.fetch", "clean"],
        additionalProperties: false,
      },
      resources: {
        type: "object",
        properties: { login: config("user"), mail: config("to") },
        required: ["login", "mail"],
        additionalProperties: false,
      },
    },
    required: ["ops", "resources"],
  }),
};
const { db } = await createTestDatabase();
await serveLocation(db, "mill", {
  assets: [
    { key: "raw", stepKey: "raw", executable: true },
    { key: "clean", stepKey: "clean", executable: true, partitions: { json: days } },
    { key: "other", stepKey: "other", executable: true, partitions: { json: days } },
  ],
  jobs: [job, { ...job, name: "nightly", implicit: false, defaultConfig: '{"ops":{}}' }],
});
const locations = await listServingSnapshots(db, TEST_DEPLOYMENT);
const nothing = { locationName: null, jobName: null, assetSelection: null };
const ask = (subject: Partial<LaunchSubject>) => describeLaunch(locations, { ...nothing, ...subject });

describe("what a launch asks for", () => {
  test("a job: everything in it, with its own config and partitions", () => {
    expect(ask({ jobName: "nightly" })).toEqual({
      locationName: "mill",
      jobName: "nightly",
      configSchema: JSON.parse(job.configSchema),
      defaultConfig: { ops: {} },
      partitions: [JSON.parse(days)],
    });
  });

  test("an asset: its own step, the ops of its graph, and the resources that those need", () => {
    const { configSchema, partitions, jobName } = ask({ assetSelection: ["raw"] });

    expect(jobName).toBe(ASSET_JOB);
    expect(partitions).toEqual([]);
    expect(configSchema).toMatchObject({
      properties: {
        ops: { properties: { "raw.fetch": config("from"), raw: config("folder") }, required: ["raw.fetch"] },
        resources: { properties: { login: config("user") }, required: ["login"] },
      },
      required: ["ops", "resources"],
    });
    expect(JSON.stringify(configSchema)).not.toMatch(/clean|mail/);
  });

  test("what is not there is named", () => {
    expect(() => ask({ jobName: "weekly" })).toThrow(UnknownDefinition);
    expect(() => ask({ assetSelection: ["rwa"] })).toThrow(/rwa/);
  });
});

test("a launch needs no config of resources that only other steps need, and takes values from the environment", async () => {
  const runConfig = {
    ops: { "raw.fetch": { config: { from: { env: "RAW_URL" } } } },
    resources: { login: { config: { user: { env: "MILL_USER", masked: false } } } },
  };
  const run = await launchTestRun(
    db,
    TEST_DEPLOYMENT,
    launchInput({ locationName: "mill", jobName: null, assetSelection: ["raw"], runConfig }),
  );

  expect(run.runConfig).toEqual(runConfig);
});
