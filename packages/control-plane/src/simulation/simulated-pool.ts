import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { SHOP, type SnapshotInit } from "../testing/test-runs.ts";

/** The pool of the shop's first step: fewer runs than are active may execute it at once. */
export const SIMULATED_POOL = { name: "warehouse", stepKey: "orders", limit: 1 } as const;

/** The test shop with that pool. */
export const POOLED_SHOP = {
  ...SHOP,
  jobs: SHOP.jobs.map((job) => ({
    ...job,
    steps: job.steps.map((step) =>
      step.key === SIMULATED_POOL.stepKey && job.name !== ASSET_JOB
        ? { ...step, pool: SIMULATED_POOL.name }
        : step,
    ),
  })),
} satisfies SnapshotInit;
