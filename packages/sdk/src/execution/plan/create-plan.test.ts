import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { expect, test } from "vitest";
import { asset } from "../../assets/asset.ts";
import { assetCheck } from "../../checks/asset-check.ts";
import { definitions } from "../../definitions/definitions.ts";
import { resolveDefinitions } from "../../definitions/resolve.ts";
import { job } from "../../jobs/job.ts";
import { createPlan } from "./create-plan.ts";

const orders = asset("orders", () => [1]);
const notEmpty = assetCheck("not_empty", { asset: orders }, (_context, rows) => rows.length > 0);
const shop = job("shop", { selection: [orders, notEmpty] });
const resolved = resolveDefinitions(definitions({ assets: [orders], checks: [notEmpty], jobs: [shop] }));

test.each([ASSET_JOB, "shop"])("checks selected alone make no asset (job %s)", (jobName) => {
  const plan = createPlan(resolved, { jobName, checkSelection: ["orders:not_empty"] }, 0, {});

  expect([...plan.steps.keys()]).toEqual([notEmpty.computation.stepKey]);
});
