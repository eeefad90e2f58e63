import { expect, test } from "vitest";
import { anyDepsMatch, operand } from "@millrace/model/automation/build-condition";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { tickOnce } from "../daemons/tick-once.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import { LAUNCH_CONTEXT, serveLocation, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { createAutomationDaemon } from "./automation-daemon.ts";
import { explainNow } from "./explain-now.ts";
import { listRuns } from "../runs/list-runs.ts";

const { db } = await createSimulatedDatabase();

test("a condition that looks at what others asked for is explained with what these remember", async () => {
  const asset = (key: string, condition: object, deps: readonly string[] = []) => ({
    key,
    executable: true,
    stepKey: key,
    dependencies: deps.map((dep) => ({ key: dep })),
    automationCondition: JSON.stringify(condition),
  });
  await serveLocation(db, "shop", {
    assets: [
      asset("orders", operand("missing")),
      asset("report", anyDepsMatch(operand("newly_requested")), ["orders"]),
    ],
    jobs: [
      {
        name: ASSET_JOB,
        implicit: true,
        assetKeys: ["orders", "report"],
        steps: ["orders", "report"].map((key) => ({ key, kind: "asset" })),
      },
    ],
  });
  expect(await explainNow(db, TEST_DEPLOYMENT, "report", null)).toMatchObject({ isRequested: false });

  const daemon = createAutomationDaemon(0);
  const context = createTestContext(db, LAUNCH_CONTEXT);
  // The first round waits for transactions of other tests.
  while ((await listRuns(db, TEST_DEPLOYMENT, {}, null, 1)).nodes.length === 0) {
    const report = await tickOnce({ daemon, deploymentId: TEST_DEPLOYMENT }, context, "replica");
    expect(report.error).toBeNull();
  }
  expect(await explainNow(db, TEST_DEPLOYMENT, "report", null)).toMatchObject({
    isRequested: true,
    blockers: [],
  });
  expect(await explainNow(db, TEST_DEPLOYMENT, "none", null)).toBeNull();
});
