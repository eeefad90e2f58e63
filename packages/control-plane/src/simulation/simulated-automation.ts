import { eager } from "@millrace/model/automation/build-condition";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { SnapshotInit } from "../testing/test-runs.ts";
import { POOLED_SHOP } from "./simulated-pool.ts";

/** Assets that follow `orders` by themselves, each with what it follows; those that are asked for together share a run. */
export const FOLLOWERS = [
  { key: "summary", follows: "orders" },
  { key: "digest", follows: "summary" },
] as const;

/** The shop of the pool with these. */
export const FOLLOWED_SHOP = {
  ...POOLED_SHOP,
  assets: [
    ...POOLED_SHOP.assets,
    ...FOLLOWERS.map(({ key, follows }) => ({
      key,
      executable: true,
      stepKey: key,
      dependencies: [{ key: follows, loadsValue: true }],
      automationCondition: JSON.stringify(eager()),
    })),
  ],
  jobs: POOLED_SHOP.jobs.map((job) =>
    job.name === ASSET_JOB
      ? {
          ...job,
          assetKeys: [...(job.assetKeys ?? []), ...FOLLOWERS.map(({ key }) => key)],
          steps: [
            ...job.steps,
            ...FOLLOWERS.map(({ key, follows }) => ({ key, kind: "asset", upstream: [follows] })),
          ],
        }
      : job,
  ),
} satisfies SnapshotInit;
