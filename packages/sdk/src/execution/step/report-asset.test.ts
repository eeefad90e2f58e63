import { expect, test } from "vitest";
import { asset } from "../../assets/asset.ts";
import { checkSpec } from "../../assets/check-spec.ts";
import { externalAsset } from "../../assets/external-asset.ts";
import { memoryRunInstance } from "../../context/memory-run-instance.ts";
import { op } from "../../graphs/op.ts";
import { job } from "../../jobs/job.ts";
import { assetCheckEvaluation, assetMaterialization, assetObservation } from "../../ticks/asset-event.ts";
import { executeJob, materialize } from "../../testing/execute.ts";

const exports = externalAsset("erp/exports", { checks: [checkSpec("complete")] });

test("a step tells of assets that something else makes, beside what it makes", async () => {
  const load = asset("load", { after: [exports] }, (context) => {
    context.report(assetMaterialization(exports, { metadata: { files: 3 }, description: "three files" }));
    context.report(assetObservation("crm/users", { dataVersion: "v2", partitionKey: "mon" }));
    context.report(assetCheckEvaluation(exports, "complete", { passed: false, severity: "WARN" }));
    return 1;
  });

  const result = await materialize([load]);

  expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([
    {
      assetKey: "erp/exports",
      isReported: true,
      description: "three files",
      metadata: { files: { type: "int", value: 3 } },
      dataVersion: expect.stringMatching(/./),
    },
    { assetKey: "load" },
  ]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")[0]?.provenance).toBeUndefined();
  expect(result.eventsOf("ASSET_OBSERVATION")).toMatchObject([
    { assetKey: "crm/users", partition: "mon", dataVersion: "v2", isReported: true },
  ]);
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    { assetKey: "erp/exports", checkName: "complete", passed: false, severity: "WARN", blocking: false },
  ]);
});

test("an op may report too, and each report without a version is new data", async () => {
  const twice = op("twice", (context) => {
    context.report(assetMaterialization(exports));
    context.report(assetMaterialization(exports));
  });

  const result = await executeJob(
    job("sync", () => void twice()),
    { instance: memoryRunInstance() },
  );

  const [first, second] = result.eventsOf("ASSET_MATERIALIZATION");
  expect(first?.dataVersion).not.toBe(second?.dataVersion);
});

test("what a step makes itself it does not report", async () => {
  const load = asset("load", (context) => {
    context.report(assetMaterialization("load"));
    return 1;
  });

  await expect(materialize([load])).rejects.toThrow(
    'Step "load" makes "load" itself: return materializeResult',
  );
});
