import { expect, test } from "vitest";
import { startUserApi } from "../testing/test-user-api.ts";
import { tickOnce } from "../daemons/tick-once.ts";
import { createTestContext } from "../testing/test-context.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { backfillDaemon } from "./backfill-daemon.ts";

const { db, ask, askFor } = await startUserApi();

const LAUNCH = `mutation ($input: LaunchBackfillInput!) { launched: launchBackfill(input: $input) {
  ... on LaunchedBackfill { backfill { id status targets { key targeted waiting } origin { kind } } }
  ... on InvalidInput { message }
  ... on UnknownDefinition { message }
} }`;
const days = { assetSelection: ["daily_orders"], partitionRanges: [{ start: "mon", end: "tue" }] };

async function launch(input: object): Promise<{ readonly id: string }> {
  const { launched } = await askFor(LAUNCH, { input });
  return (launched as { readonly backfill: { readonly id: string } }).backfill;
}

test("what a backfill would make is said beforehand, and then made", async () => {
  const preview = `query ($input: LaunchBackfillInput!) { previewBackfill(input: $input) {
    ... on BackfillPreview { firstRuns targets { key partitionCount } }
  } }`;
  expect(await askFor(preview, { input: days })).toEqual({
    previewBackfill: { firstRuns: 2, targets: [{ key: "daily_orders", partitionCount: 2 }] },
  });

  const { id } = await launch({ ...days, title: "Two days" });
  await tickOnce({ daemon: backfillDaemon, deploymentId: TEST_DEPLOYMENT }, createTestContext(db), "replica");

  const shown = `query ($id: ID!) {
    backfill(id: $id) {
      title status runCount
      targets { targeted running waiting }
      partitions(key: "daily_orders", state: RUNNING, limit: 1) { keys cursor }
    }
    runs(filter: { tags: [{ key: "millrace/backfill", value: "${id}" }] }) { nodes { partitionKey origin { kind name } } }
    backfills(statuses: [REQUESTED]) { hasMore nodes { id } }
  }`;
  expect(await askFor(shown, { id })).toEqual({
    backfill: {
      title: "Two days",
      status: "REQUESTED",
      runCount: 2,
      targets: [{ targeted: 2, running: 2, waiting: 0 }],
      partitions: { keys: ["mon"], cursor: 1 },
    },
    runs: {
      nodes: ["tue", "mon"].map((partitionKey) => ({ partitionKey, origin: { kind: "BACKFILL", name: id } })),
    },
    backfills: { hasMore: false, nodes: [{ id }] },
  });
});

test.each([
  [{ assetSelection: ["nobody"] }, 'There is no asset "nobody" in any code location'],
  [{ ...days, partitionRanges: [{ start: "tue", end: "mon" }] }, 'comes after "mon"'],
  [{ ...days, partitionRanges: [{ start: "mon", end: "sun" }] }, '"sun"'],
  [{ ...days, assetPartitions: [{ assetKey: "orders", partitionRanges: [] }] }, 'names "orders"'],
])("%j is refused with the reason", async (input, reason) => {
  expect(await askFor(LAUNCH, { input })).toMatchObject({
    launched: { message: expect.stringContaining(reason) },
  });
});

test("what has ended can't be held or canceled, and what goes on can't be made again", async () => {
  const { id } = await launch(days);
  const change = `mutation ($id: ID!) {
    again: relaunchBackfill(id: $id) { ... on BackfillNotInState { message } }
    canceled: cancelBackfill(id: $id) { ... on Backfill { status } }
  }`;
  expect(await askFor(change, { id })).toEqual({
    again: { message: expect.stringContaining("goes on") },
    canceled: { status: "CANCELING" },
  });
  const context = createTestContext(db);
  await tickOnce({ daemon: backfillDaemon, deploymentId: TEST_DEPLOYMENT }, context, "replica");

  const late = `mutation ($id: ID!) {
    held: setBackfillPaused(id: $id, paused: true) { ... on BackfillNotInState { message } }
    again: relaunchBackfill(id: $id) { ... on LaunchedBackfill { backfill { parentId targets { targeted } } } }
  }`;
  expect(await askFor(late, { id })).toEqual({
    held: { message: `Backfill ${id} has ended: it is CANCELED` },
    again: { backfill: { parentId: id, targets: [{ targeted: 2 }] } },
  });
});

test("one that is not there is nobody's", async () => {
  expect(await ask(`{ backfill(id: "nonsense") { id } }`)).toEqual({ data: { backfill: null } });
  const cancel = `mutation { cancelBackfill(id: "nonsense") { ... on UnknownDefinition { message } } }`;
  expect(await askFor(cancel)).toEqual({ cancelBackfill: { message: "There is no backfill nonsense" } });
});
