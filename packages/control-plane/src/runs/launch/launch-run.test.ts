import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { describe, expect, test } from "vitest";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { createTestDatabase } from "../../testing/test-database.ts";
import { RunConfigInvalid } from "./launch-error.ts";
import type { LaunchInput } from "./launch-input.ts";
import {
  launchInput,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  launchTestRun,
  repeatTestRun,
} from "../../testing/test-runs.ts";
import { BadRequest } from "../../api/bad-request.ts";
import { listRuns } from "../list-runs.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);
await serveLocation(db, "office", { jobs: [{ name: "report" }, { name: "sales_job" }] });

const launch = (change: Partial<LaunchInput> = {}) => launchTestRun(db, TEST_DEPLOYMENT, launchInput(change));
const materialize = (keys: string[], change: Partial<LaunchInput> = {}) =>
  launch({ jobName: null, assetSelection: keys, ...change });

describe("launching", () => {
  test("a job is queued with its default config and tags", async () => {
    const run = await launch({
      locationName: "shop",
      jobName: "sales_job",
      tags: { by: "me", "millrace/priority": "-3" },
    });

    expect(run).toMatchObject({
      status: "QUEUED",
      locationName: "shop",
      jobName: "sales_job",
      runConfig: {},
      tags: { team: "sales", by: "me" },
      assetKeys: ["orders"],
      assetSelection: null,
      priority: -3,
    });
    expect((await launch()).runConfig).toEqual({ ops: { greet: { config: { year: 2001 } } } });
  });

  test("what the launch configures is laid over the job's default, and the run says what it runs with", async () => {
    const { runConfig } = await launch({ runConfig: { resources: {} } });
    expect(runConfig).toEqual({ ops: { greet: { config: { year: 2001 } } }, resources: {} });
  });

  test("assets without a job run in the implicit one", async () => {
    expect(await materialize(["orders", "orders"])).toMatchObject({
      jobName: ASSET_JOB,
      assetSelection: ["orders"],
      assetKeys: ["orders"],
    });
  });

  test("checks alone produce no asset", async () => {
    const run = await launch({ jobName: null, checkSelection: ["orders:not_empty"] });

    expect(run).toMatchObject({ jobName: ASSET_JOB, checkSelection: ["orders:not_empty"], assetKeys: [] });
  });

  test("a partition of what is partitioned", async () => {
    expect(await materialize(["daily_orders"], { partitionKey: "tue" })).toMatchObject({
      partitionKey: "tue",
    });
  });

  test("launching with one key many times at once is one run", async () => {
    const runs = await Promise.all(
      Array.from({ length: 20 }, () =>
        launchTestRun(db, TEST_DEPLOYMENT, launchInput({ tags: { once: "yes" } }), { key: "k1" }),
      ),
    );

    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    const stored = await listRuns(db, TEST_DEPLOYMENT, { tags: [{ key: "once", value: "yes" }] }, null, 10);
    expect(stored.nodes).toHaveLength(1);
    expect((await launchTestRun(db, TEST_DEPLOYMENT, launchInput(), { key: "k2" })).id).not.toBe(runs[0]?.id);
  });

  test("steps may be selected by clauses, and the run has their keys", async () => {
    expect((await launch({ stepSelection: ["*wave"] })).stepSelection).toEqual(["wave", "greet"]);
    expect((await launch({ stepSelection: ["*"] })).stepSelection).toEqual(["greet", "wave"]);
    expect((await launch({ stepSelection: ["wave"] })).stepSelection).toEqual(["wave"]);
  });

  test("text that the database can't store does not stop a launch", async () => {
    expect((await launch({ tags: { "a\0": "b\ud800" } })).tags).toEqual({ "a\uFFFD": "b\uFFFD" });
  });
});

describe("what is not there", () => {
  test.each([
    [
      "a location",
      { locationName: "attic" },
      /no code location "attic" that has loaded; there are "office" and "shop"/,
    ],
    ["a job", { jobName: "nope" }, /No code location has job "nope"/],
    [
      "a job of a location",
      { locationName: "office", jobName: "hello" },
      /no job "hello" in code location "office"/,
    ],
    [
      "a job's only location",
      { jobName: "sales_job" },
      /in several code locations: give one of office, shop/,
    ],
    ["an asset", { jobName: null, locationName: "shop", assetSelection: ["gold"] }, /no asset "gold"/],
    [
      "an asset anywhere",
      { jobName: null, assetSelection: ["orders", "gold"] },
      /No code location has all of orders, gold/,
    ],
    [
      "an asset that others make",
      { jobName: null, locationName: "shop", assetSelection: ["raw/orders"] },
      /external/,
    ],
    [
      "an asset in a job",
      { locationName: "shop", jobName: "sales_job", assetSelection: ["daily_orders"] },
      /not in job "sales_job"/,
    ],
    [
      "a check",
      { jobName: null, locationName: "shop", checkSelection: ["orders:nope"] },
      /no check "orders:nope"/,
    ],
    [
      "a step",
      { stepSelection: ["*dance"] },
      /job "hello": There is no op or step "dance"\n {2}\*dance\n {3}\^/,
    ],
    ["a clause", { stepSelection: ["+greet or"] }, /job "hello": Write a name.*\n {2}\+greet or\n {9}\^/],
    [
      "a partition",
      { jobName: null, assetSelection: ["daily_orders"], partitionKey: "sun" },
      /no partition "sun"/,
    ],
    [
      "the partition's key",
      { jobName: null, assetSelection: ["daily_orders"] },
      /partitioned: give a `partitionKey`/,
    ],
    ["partitions at all", { partitionKey: "mon" }, /nothing in the run is partitioned/],
  ] as [string, Partial<LaunchInput>, RegExp][])("%s is named", async (_what, change, message) => {
    await expect(launch(change)).rejects.toThrow(message);
    await expect(launch(change)).rejects.toThrow(UnknownDefinition);
  });

  test("a launch of nothing is refused", async () => {
    await expect(launch({ jobName: null, assetSelection: [] })).rejects.toThrow(BadRequest);
  });
});

describe("run config that does not match", () => {
  test.each([
    [
      { ops: { greet: { config: { year: "soon" } } } },
      [expect.objectContaining({ path: "ops.greet.config.year" })],
    ],
    [
      { ops: { greet: { config: {} } } },
      [expect.objectContaining({ path: "ops.greet.config", message: expect.stringContaining("year") })],
    ],
    [{ ops: { greet: {} } }, [expect.objectContaining({ path: "ops.greet" })]],
  ])("%j is refused with the place", async (runConfig, errors) => {
    await expect(launch({ runConfig })).rejects.toThrow(RunConfigInvalid);
    await expect(launch({ runConfig })).rejects.toMatchObject({ errors });
  });
});

describe("re-executing", () => {
  test("launches the same again, in the same group", async () => {
    const first = await materialize(["daily_orders"], { partitionKey: "mon", tags: { a: "b" } });
    const second = await repeatTestRun(db, first.id);
    const third = await repeatTestRun(db, second.id);

    const same = ({ jobName, assetSelection, partitionKey, runConfig, assetKeys }: typeof first) => ({
      jobName,
      assetSelection,
      partitionKey,
      runConfig,
      assetKeys,
    });
    expect(same(third)).toEqual(same(first));
    expect(third).toMatchObject({
      rootRunId: first.id,
      parentRunId: second.id,
      tags: { a: "b", "millrace/root_run_id": first.id, "millrace/parent_run_id": second.id },
    });
  });

  test("a run that is not there is named", async () => {
    await expect(repeatTestRun(db, "no-id")).rejects.toThrow(/no run no-id/);
  });
});
