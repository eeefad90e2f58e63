import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { expect, test } from "vitest";
import { asset } from "../../assets/asset.ts";
import { assetCheck } from "../../checks/asset-check.ts";
import { definitions } from "../../definitions/definitions.ts";
import { resolveDefinitions } from "../../definitions/resolve.ts";
import { job } from "../../jobs/job.ts";
import { op } from "../../graphs/op.ts";
import { staticPartitions } from "../../partitions/partitions.ts";
import { createPlan } from "./create-plan.ts";

const orders = asset("orders", () => [1]);
const notEmpty = assetCheck("not_empty", { asset: orders }, (_context, rows) => rows.length > 0);
const shop = job("shop", { selection: [orders, notEmpty] });
const resolved = resolveDefinitions(definitions({ assets: [orders], checks: [notEmpty], jobs: [shop] }));

test.each([ASSET_JOB, "shop"])("checks selected alone make no asset (job %s)", (jobName) => {
  const plan = createPlan(resolved, { jobName, checkSelection: ["orders:not_empty"] }, 0, {});

  expect([...plan.steps.keys()]).toEqual([notEmpty.computation.stepKey]);
});

const sales = asset("sales", { partitions: staticPartitions(["de", "fr"]) }, () => 1);
const send = op("send", () => {});
const ping = job("ping", () => void send());
const mixed = resolveDefinitions(definitions({ assets: [orders, sales], jobs: [ping] }));

test.each([
  { jobName: ASSET_JOB, assetSelection: ["orders"], partitionKey: "de" },
  { jobName: ASSET_JOB, assetSelection: ["orders"], partitionRange: { start: "de", end: "fr" } },
  { jobName: "ping", partitionKey: "de" },
])("a partition of what has none is refused: %j", (request) => {
  expect(() => createPlan(mixed, request, 0, {})).toThrow(
    /^There is no partition "de(\.\.\.fr)?": nothing in the run is partitioned$/,
  );
});

test("a partition of some of the run's assets is no partition of the others", () => {
  const request = { jobName: ASSET_JOB, assetSelection: ["orders", "sales"], partitionKey: "de" };

  const { steps } = createPlan(mixed, request, 0, {});

  expect(steps.get("orders")?.partitionKeys).toBeNull();
  expect(steps.get("sales")?.partitionKeys).toEqual(["de"]);
});
