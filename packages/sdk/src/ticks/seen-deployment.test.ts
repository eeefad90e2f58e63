import { describe, expect, test } from "vitest";
import { assetCheckEvaluation, assetMaterialization } from "./asset-event.ts";
import { asset } from "../assets/asset.ts";
import { checkSpec } from "../assets/check-spec.ts";
import { externalAsset } from "../assets/external-asset.ts";
import { successHook } from "../hooks/hook.ts";
import { daily, dynamicPartitions } from "../partitions/partitions.ts";
import { schedule } from "../schedules/schedule.ts";
import { sensor } from "../sensors/sensor.ts";
import { evaluateSchedule, evaluateSensor } from "../testing/evaluate.ts";
import { materialize } from "../testing/execute.ts";
import { sensedMaterialization, sensedRun } from "../testing/sensed.ts";
import { memoryRunInstance } from "../context/memory-run-instance.ts";
import { addPartitions, deletePartitions } from "./partitions-request.ts";
import { runRequest, skip } from "./tick-outcome.ts";

const courses = dynamicPartitions("courses");
const enrollments = asset("enrollments", { partitions: courses }, (context) => context.partitionKey);
const at = { scheduledAt: new Date("2026-03-01T06:00:00Z") };

describe("tick functions of real projects", () => {
  test("a schedule launches a run for each dynamic key", async () => {
    const everyCourse = schedule(
      "every_course",
      { cron: "0 6 * * *", target: [enrollments] },
      async (context) => {
        const keys = await context.deployment.dynamicPartitions(courses);
        return keys.map((partitionKey) =>
          runRequest({ partitionKey, runKey: `${partitionKey} ${context.scheduledAt.toISOString()}` }),
        );
      },
    );

    const instance = memoryRunInstance({ dynamicPartitions: { courses: ["math", "art"] } });
    const { runRequests } = await evaluateSchedule(everyCourse, { ...at, instance });

    expect(runRequests.map(({ partitionKey }) => partitionKey)).toEqual(["math", "art"]);
  });

  test("a sensor brings keys in line with a sheet, and spares those with a run in flight", async () => {
    const sheet = ["math", "history"];
    const followSheet = sensor("follow_sheet", { target: [enrollments] }, async ({ deployment }) => {
      const known = await deployment.dynamicPartitions(courses);
      const busy = await deployment.runs({
        asset: enrollments,
        statuses: ["QUEUED", "STARTING", "STARTED"],
        tags: { kind: "course" },
      });
      const fresh = sheet.filter((key) => !known.includes(key));
      const gone = known.filter(
        (key) => !sheet.includes(key) && !busy.some((run) => run.partitionKey === key),
      );
      return [
        addPartitions(courses, fresh),
        deletePartitions(courses, gone),
        ...fresh.map((partitionKey) => runRequest({ partitionKey })),
      ];
    });
    const instance = memoryRunInstance({
      dynamicPartitions: { courses: ["math", "art", "music"] },
      runs: [
        {
          ...sensedRun("__ASSET_JOB", "STARTED", { partitionKey: "art", tags: { kind: "course" } }),
          assetKeys: ["enrollments"],
        },
        {
          ...sensedRun("__ASSET_JOB", "SUCCESS", { partitionKey: "music", tags: { kind: "course" } }),
          assetKeys: ["enrollments"],
        },
      ],
    });

    expect(await evaluateSensor(followSheet, { instance })).toMatchObject({
      partitionsRequests: [
        { action: "add", keys: ["history"] },
        { action: "delete", keys: ["music"] },
      ],
      runRequests: [{ partitionKey: "history" }],
    });
  });

  test("a sensor reports events of assets that are made elsewhere", async () => {
    const exports = externalAsset("edx/exports", { checks: [checkSpec("complete")] });
    const archives = asset("archives", { after: [exports] }, () => 1);
    const onExports = sensor("on_exports", { target: [archives] }, (context) => {
      context.setCursor("2026-03.zip");
      return [
        assetMaterialization(exports, {
          dataVersion: "2026-03.zip",
          metadata: { bytes: 12 },
          tags: { from: "edx" },
        }),
        assetCheckEvaluation(exports, "complete", {
          passed: false,
          severity: "WARN",
          description: "a part is missing",
        }),
        runRequest({ runKey: "2026-03.zip" }),
      ];
    });

    expect(await evaluateSensor(onExports)).toMatchObject({
      cursor: "2026-03.zip",
      runRequests: [{ runKey: "2026-03.zip" }],
      assetEvents: [
        {
          kind: "materialization",
          assetKey: "edx/exports",
          partitionKey: null,
          dataVersion: "2026-03.zip",
          metadata: { bytes: { type: "int", value: 12 } },
          tags: { from: "edx" },
        },
        {
          kind: "check",
          checkName: "complete",
          passed: false,
          severity: "WARN",
          description: "a part is missing",
        },
      ],
    });
  });

  test("a sensor launches what was made by older code", async () => {
    const made = [
      asset("fresh", { codeVersion: "2" }, () => 1),
      asset("old", { codeVersion: "2" }, () => 1),
      asset("never", { codeVersion: "2" }, () => 1),
    ];
    const onNewCode = sensor("on_new_code", { target: made }, async ({ deployment }) => {
      const latest = await deployment.latestMaterializations(made);
      const old = made.filter(({ codeVersion }, i) => latest[i] && latest[i].codeVersion !== codeVersion);
      return old.length === 0 ? skip("nothing is old") : runRequest({ assets: old });
    });
    const [fresh, old] = made;
    const instance = memoryRunInstance({
      materializations: [
        ...(fresh ? [sensedMaterialization(fresh, { tags: { "millrace/code_version": "2" } })] : []),
        ...(old ? [sensedMaterialization(old, { tags: { "millrace/code_version": "1" } })] : []),
      ],
    });

    expect((await evaluateSensor(onNewCode, { instance })).runRequests).toMatchObject([
      { assetSelection: ["old"] },
    ]);
  });
});

describe("the deployment that a tick sees", () => {
  test("answers about partitions, run keys, single runs and the last tick", async () => {
    const sales = asset("sales", { partitions: daily({ start: "2026-01-01" }) }, () => 1);
    const look = sensor("look", { target: [sales] }, async ({ deployment, lastTickAt }) => {
      const seen = [
        await deployment.partitions(sales, "materialized"),
        await deployment.launchedRunKeys(["a", "b"]),
        (await deployment.run("r1"))?.url,
        await deployment.run("r2"),
        (await deployment.latestMaterialization(sales, "2026-01-02"))?.dataVersion,
        await deployment.latestMaterialization(sales, "2026-01-03"),
        await deployment.latestObservation(sales),
        (await deployment.materializations(sales)).map(({ dataVersion }) => dataVersion),
        (await deployment.materializations(sales, { limit: 1 })).map(({ partitionKey }) => partitionKey),
        (await deployment.materializations(sales, { partitionKey: "2026-01-01" })).length,
        await deployment.observations(sales),
        lastTickAt?.toISOString(),
      ];
      return skip(JSON.stringify(seen));
    });
    const instance = memoryRunInstance({
      materializations: ["2026-01-01", "2026-01-02"].map((partitionKey) =>
        sensedMaterialization(sales, { partitionKey, dataVersion: `v ${partitionKey}` }),
      ),
      runs: [sensedRun("nightly", "FAILURE", { runId: "r1", url: "http://page.test/runs/r1" })],
      launchedRunKeys: ["b"],
    });

    const lastTickAt = new Date("2026-03-01T00:00:00Z");
    const { skipReason } = await evaluateSensor(look, { instance, lastTickAt });

    expect(JSON.parse(skipReason ?? "")).toEqual([
      ["2026-01-02", "2026-01-01"],
      ["b"],
      "http://page.test/runs/r1",
      null,
      "v 2026-01-02",
      null,
      null,
      ["v 2026-01-02", "v 2026-01-01"],
      ["2026-01-02"],
      1,
      [],
      "2026-03-01T00:00:00.000Z",
    ]);
  });

  test("is empty unless a test says what is in it", async () => {
    const look = schedule(
      "look",
      { cron: "0 6 * * *", target: [enrollments] },
      async ({ deployment, lastTickAt }) =>
        skip(
          `${(await deployment.runs()).length} ${(await deployment.dynamicPartitions("courses")).length} ${lastTickAt}`,
        ),
    );

    expect((await evaluateSchedule(look, at)).skipReason).toBe("0 0 null");
  });

  test("takes the key of a partition only of what may have partitions", () => {
    const plain = asset("plain", () => 1);
    const look = async (deployment: Parameters<Parameters<typeof sensor>[2]>[0]["deployment"]) => {
      await deployment.latestMaterialization(enrollments, "math");
      // @ts-expect-error -- it is not partitioned
      await deployment.latestMaterialization(plain, "math");
    };
    expect(look).toBeDefined();
    // @ts-expect-error -- it is not partitioned
    assetMaterialization(plain, { partitionKey: "math" });
    expect(assetMaterialization(enrollments, { partitionKey: "math" }).event.partitionKey).toBe("math");
    expect(assetMaterialization("of/elsewhere", { partitionKey: "math" }).event.assetKey).toBe(
      "of/elsewhere",
    );
  });

  test("is there for hooks too", async () => {
    const said: string[] = [];
    const announce = successHook("announce", async ({ deployment }) => {
      for (const run of await deployment.runs({ job: "nightly" })) said.push(`${run.jobName} at ${run.url}`);
    });
    const orders = asset("orders", { hooks: [announce] }, () => 1);
    const runs = [sensedRun("nightly", "STARTED", { runId: "r7", url: "http://page.test/runs/r7" })];

    await materialize([orders], { instance: memoryRunInstance({ runs }) });

    expect(said).toEqual(["nightly at http://page.test/runs/r7"]);
  });
});
