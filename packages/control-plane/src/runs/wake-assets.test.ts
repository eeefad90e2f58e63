import { expect, test } from "vitest";
import { topics } from "@millrace/model/topic";
import { inTransaction } from "../database/in-transaction.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import {
  launchInput,
  LAUNCH_CONTEXT,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_ORIGIN,
} from "../testing/test-runs.ts";
import { watchQueries } from "../testing/watch-queries.ts";
import { appendControlPlaneEvents } from "./fold/append-run-events.ts";
import { lockRun } from "./fold/lock-run.ts";
import { launchRun } from "./launch/launch-run.ts";
import type { LaunchInput } from "./launch/launch-input.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);

test.for<[what: string, change: Partial<LaunchInput>, isTold: boolean]>([
  ["ops", { jobName: "hello" }, false],
  ["an asset", { jobName: null, assetSelection: ["orders"] }, true],
  ["a check", { jobName: null, checkSelection: ["orders:not_empty"] }, true],
])(
  "the launch and the end of a run of %s: whoever follows assets is told: %3$s",
  async ([, change, isTold]) => {
    const watched = watchQueries(db);
    const request = { target: launchInput(change), origin: TEST_ORIGIN, key: null, lineage: null };
    const { id } = await launchRun(watched.db, TEST_DEPLOYMENT, request, LAUNCH_CONTEXT);
    await inTransaction(watched.db, async (trx) => {
      const failure = { type: "RUN_FAILURE", message: "no", reason: "LAUNCH_FAILURE", error: null } as const;
      await appendControlPlaneEvents(trx, await lockRun(trx, id), [failure]);
    });
    const told = (topic: string) =>
      watched.queries.filter(({ parameters }) => parameters.includes(topic)).length;
    expect(told(topics.runs(TEST_DEPLOYMENT))).toBe(2);
    expect(told(topics.assets(TEST_DEPLOYMENT))).toBe(isTold ? 2 : 0);
  },
);
