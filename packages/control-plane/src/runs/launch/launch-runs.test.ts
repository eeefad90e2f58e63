import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { expect, test } from "vitest";
import { inTransaction } from "../../database/in-transaction.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import {
  launchInput,
  LAUNCH_CONTEXT,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_ORIGIN,
} from "../../testing/test-runs.ts";
import { watchQueries } from "../../testing/watch-queries.ts";
import { listRuns } from "../list-runs.ts";
import { RunConfigInvalid } from "./launch-error.ts";
import { launchRuns, type LaunchOutcome, type LaunchRequest } from "./launch-runs.ts";
import type { LaunchInput } from "./launch-input.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);

function request(change: Partial<LaunchInput> = {}, rest: Partial<LaunchRequest> = {}): LaunchRequest {
  return { target: launchInput(change), origin: TEST_ORIGIN, key: null, lineage: null, ...rest };
}

const launch = (requests: readonly LaunchRequest[]) =>
  launchRuns(db, TEST_DEPLOYMENT, requests, LAUNCH_CONTEXT);

function idOf(outcome: LaunchOutcome | undefined): string {
  if (outcome?.kind !== "launched") throw new Error("it was refused");
  return outcome.run.id;
}

test("requests that fit are launched, the others say why not, each in its place", async () => {
  const badConfig = { ops: { greet: { config: { year: "soon" } } } };
  const outcomes = await launch([
    request({ jobName: null, assetSelection: ["nothing"] }),
    request({ tags: { n: "1" } }, { origin: { kind: "schedule", name: "nightly" } }),
    request({ runConfig: badConfig }),
    request({ jobName: null, assetSelection: ["daily_orders"], partitionKey: "tue" }),
  ]);

  expect(outcomes).toMatchObject([
    { kind: "refused", error: expect.any(UnknownDefinition) },
    { run: { tags: { n: "1" }, origin: { kind: "schedule", name: "nightly" } }, isNew: true },
    { kind: "refused", error: expect.any(RunConfigInvalid) },
    { run: { partitionKey: "tue", assetKeys: ["daily_orders"], origin: TEST_ORIGIN }, isNew: true },
  ]);
});

test("nothing to launch is nothing", async () => {
  expect(await launch([])).toEqual([]);
});

test("one key is one run: within a batch, from batch to batch, and among those that launch at once", async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
  const batch = [...keys, "key 3"].map((key) => request({}, { key }));
  const batches = await Promise.all([launch(batch), launch(batch.toReversed()), launch(batch)]);
  const again = await launch([request({ jobName: "gone" }, { key: "key 7" })]);

  const [one, reversed, other] = batches.map((outcomes) => outcomes.map(idOf));
  expect(new Set(one).size).toBe(20);
  expect(other).toEqual(one);
  expect(reversed).toEqual(one?.toReversed());
  const news = batches.flat().filter((outcome) => outcome.kind === "launched" && outcome.isNew);
  expect(new Set(news.map(idOf)).size).toBe(20);
  expect(again).toMatchObject([{ kind: "launched", isNew: false, run: { id: one?.[7] } }]);
});

test("runs of one batch stand in the queue in the order of their requests", async () => {
  const outcomes = await launch(Array.from({ length: 50 }, (_, n) => request({ tags: { n: `${n}` } })));

  const { nodes } = await listRuns(db, TEST_DEPLOYMENT, {}, null, 50);
  expect(nodes.map(({ id }) => id)).toEqual(outcomes.map(idOf).toReversed());
});

test("a thousand runs are launched with as many statements as one", async () => {
  const statements = async (count: number) => {
    const watched = watchQueries(db);
    const requests = Array.from({ length: count }, (_, n) => request({ tags: { n: `${n}` } }));
    const outcomes = await launchRuns(watched.db, TEST_DEPLOYMENT, requests, LAUNCH_CONTEXT);
    expect(new Set(outcomes.map(idOf)).size).toBe(count);
    return watched.queries.length;
  };

  expect(await statements(1_000)).toBe(await statements(1));
});

test("what a transaction launches is there when it commits, with the rest of it, or not at all", async () => {
  const before = (await listRuns(db, TEST_DEPLOYMENT, {}, null, 1_000)).nodes.length;
  const launching = inTransaction(db, async (trx) => {
    const outcomes = await launchRuns(
      trx,
      TEST_DEPLOYMENT,
      [request(), request({ jobName: "no" })],
      LAUNCH_CONTEXT,
    );
    for (const outcome of outcomes) if (outcome.kind === "refused") throw outcome.error;
  });

  await expect(launching).rejects.toThrow(UnknownDefinition);
  expect((await listRuns(db, TEST_DEPLOYMENT, {}, null, 1_000)).nodes).toHaveLength(before);
});
